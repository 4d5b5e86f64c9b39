import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Inbox } from "../../src/manager/inbox.js";

const seed = 20261124;

type Step =
  | { readonly do: "put"; readonly length: number }
  | { readonly do: "take" }
  | { readonly do: "take and abort" }
  | { readonly do: "end" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ do: fc.constant("put" as const), length: fc.integer({ min: 1, max: 50 }) }),
    weight: 8,
  },
  { arbitrary: fc.record({ do: fc.constant("take" as const) }), weight: 6 },
  { arbitrary: fc.record({ do: fc.constant("take and abort" as const) }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant("end" as const) }), weight: 1 },
);

interface Item {
  readonly id: number;
  readonly bytes: Uint8Array;
}

describe("an inbox", () => {
  it("fault 10 gives each item once, in order, to takers in order; pauses at its limits and resumes at half", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.record({ messages: fc.integer({ min: 1, max: 6 }), bytes: fc.integer({ min: 1, max: 120 }) }),
        async (steps, limits) => {
          let paused = false;
          const inbox = new Inbox<Item>(
            limits,
            () => {
              expect(paused).toBe(false);
              paused = true;
            },
            () => {
              expect(paused).toBe(true);
              paused = false;
            },
          );
          const held: Item[] = [];
          const heldBytes = (): number => held.reduce((sum, item) => sum + item.bytes.length, 0);
          const expected: (number | undefined)[] = [];
          const takers: Promise<number | undefined>[] = [];
          let [waiting, next, ended] = [0, 0, false];
          for (const action of steps) {
            if (action.do === "put") {
              if (ended) continue;
              const item = { id: next++, bytes: new Uint8Array(action.length) };
              if (waiting > 0) {
                waiting--;
                expected.push(item.id);
              } else held.push(item);
              inbox.put(item);
            } else if (action.do === "end") {
              inbox.end();
              for (; waiting > 0; waiting--) expected.push(undefined);
              ended = true;
            } else if (action.do === "take") {
              takers.push(inbox.take().then(item => item?.id));
              if (held.length > 0) expected.push(held.shift()!.id);
              else if (ended) expected.push(undefined);
              else waiting++;
            } else if (held.length === 0 && !ended) {
              const abort = new AbortController();
              const taking = inbox.take(abort.signal);
              abort.abort(new Error("enough"));
              await expect(taking).rejects.toThrow("enough");
            }
            expect(inbox.length).toBe(held.length);
            if (held.length >= limits.messages || heldBytes() >= limits.bytes) expect(paused).toBe(true);
            if (held.length === 0) expect(paused).toBe(false);
            if (paused) {
              const [messages, bytes] = [held.length, heldBytes()];
              expect(messages > limits.messages / 2 || bytes > limits.bytes / 2).toBe(true);
            }
          }
          inbox.end();
          for (; waiting > 0; waiting--) expected.push(undefined);
          expect(await Promise.all(takers)).toEqual(expected);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it("keeps what has come for a taker whose signal was aborted before", async () => {
    const inbox = new Inbox<Item>({ messages: 9, bytes: 999 }, noop, noop);
    inbox.put({ id: 1, bytes: Uint8Array.of(1) });
    await expect(inbox.take(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect((await inbox.take())?.id).toBe(1);
  });

  it("tells an error only after everything that came before it", async () => {
    const inbox = new Inbox<Item>({ messages: 9, bytes: 999 }, noop, noop);
    inbox.put({ id: 1, bytes: Uint8Array.of(1) });
    inbox.end(new Error("cut"));
    inbox.end();
    expect((await inbox.take())?.id).toBe(1);
    await expect(inbox.take()).rejects.toThrow("cut");
    await expect(inbox.take()).rejects.toThrow("cut");
  });

  it("holds thousands without losing its order", async () => {
    const inbox = new Inbox<Item>({ messages: 10_000, bytes: 1e9 }, noop, noop);
    let put = 0;
    for (let taken = 0; taken < 5000; taken++) {
      while (put < taken + 1500) inbox.put({ id: put++, bytes: Uint8Array.of(1) });
      expect((await inbox.take())?.id).toBe(taken);
    }
  });
});

function noop(): void {
  // Nothing to pause.
}
