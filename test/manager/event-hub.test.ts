import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventHub } from "../../src/manager/event-hub.js";

type Numbered = { readonly type: "a"; readonly n: number } | { readonly type: "b"; readonly text: string };

const a = (n: number): Numbered => ({ type: "a", n });
const b = (text: string): Numbered => ({ type: "b", text });

function hubWithLog(capacity = 100) {
  const errors: [unknown, Numbered][] = [];
  const hub = new EventHub<Numbered>({
    capacity,
    onListenerError: (error, event) => errors.push([error, event]),
  });
  return { hub, errors };
}

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe("event hub: listeners", () => {
  it("tells each listener of the type, in order of subscription, until it is unsubscribed", () => {
    const { hub } = hubWithLog();
    const log: string[] = [];
    const off = hub.on("a", ({ n }) => void log.push(`first ${n}`));
    hub.on("a", ({ n }) => void log.push(`second ${n}`));
    hub.on("b", ({ text }) => void log.push(text));
    hub.emit(a(1));
    hub.emit(b("b"));
    off();
    off();
    hub.emit(a(2));
    expect(log).toEqual(["first 1", "second 1", "b", "second 2"]);
  });

  it("says whether anybody listens, so that no event is built for nobody", () => {
    const { hub } = hubWithLog();
    expect([hub.hasListeners("a"), hub.hasListeners("b"), hub.listenerCount]).toEqual([false, false, 0]);
    const off = hub.on("a", () => undefined);
    expect([hub.hasListeners("a"), hub.hasListeners("b"), hub.listenerCount]).toEqual([true, false, 1]);
    off();
    expect([hub.hasListeners("a"), hub.listenerCount]).toEqual([false, 0]);
    const stream = hub.stream();
    expect([hub.hasListeners("a"), hub.hasListeners("b"), hub.listenerCount]).toEqual([true, true, 1]);
    void stream.return();
    expect([hub.hasListeners("a"), hub.listenerCount]).toEqual([false, 0]);
  });

  it("an old unsubscribe does not touch a new subscription", () => {
    const { hub } = hubWithLog();
    const off = hub.on("a", () => undefined);
    off();
    let told = 0;
    hub.on("a", () => void told++);
    off();
    hub.emit(a(1));
    expect(told).toBe(1);
  });

  it("X43 a listener that throws is reported, and the others get the event", async () => {
    const { hub, errors } = hubWithLog();
    const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
    const told: number[] = [];
    hub.on("a", () => {
      throw thrown;
    });
    hub.on("a", () => Promise.reject(rejected));
    hub.on("a", () => {
      const thenable = { then: (_: unknown, reject: (reason: unknown) => void) => reject("thenable") };
      return thenable as unknown as Promise<void>;
    });
    hub.on("a", ({ n }) => void told.push(n));
    hub.emit(a(1));
    hub.emit(a(2));
    await tick();
    expect(told).toEqual([1, 2]);
    expect(hub.failures).toBe(6);
    expect(errors.filter(([error]) => error === thrown).map(([, event]) => event)).toEqual([a(1), a(2)]);
    expect(errors.filter(([error]) => error === rejected).map(([, event]) => event)).toEqual([a(1), a(2)]);
    expect(errors.filter(([error]) => error === "thenable").length).toBe(2);
  });

  it("X43 a reporter that throws, too, harms nobody", () => {
    const told: number[] = [];
    const hub = new EventHub<Numbered>({
      capacity: 1,
      onListenerError: () => {
        throw new Error("the reporter's own");
      },
    });
    hub.on("a", () => {
      throw new Error("the listener's own");
    });
    hub.on("a", ({ n }) => void told.push(n));
    hub.emit(a(1));
    hub.emit(a(2));
    expect([told, hub.failures]).toEqual([[1, 2], 2]);
  });

  it("X43 an event emitted inside a listener is told after the present one has reached everybody", () => {
    const { hub } = hubWithLog();
    const log: string[] = [];
    hub.on("a", ({ n }) => {
      log.push(`first ${n}`);
      if (n < 3) {
        hub.emit(a(n + 1));
        hub.emit(b(`from ${n}`));
      }
    });
    hub.on("a", ({ n }) => void log.push(`second ${n}`));
    hub.on("b", ({ text }) => void log.push(text));
    hub.emit(a(1));
    expect(log).toEqual([
      "first 1",
      "second 1",
      "first 2",
      "second 2",
      "from 1",
      "first 3",
      "second 3",
      "from 2",
    ]);
    expect(hub.droppedTotal).toBe(0);
  });

  it("X43 a listener that emits without end is stopped at the capacity, and what it lost is counted", () => {
    const { hub } = hubWithLog(10);
    let told = 0;
    hub.on("a", ({ n }) => {
      told++;
      hub.emit(a(n + 1));
      hub.emit(a(n + 1));
    });
    hub.emit(a(1));
    expect([told, hub.droppedTotal]).toEqual([11, 12]);
    hub.emit(a(1));
    expect(told).toBe(22);
  });

  it("X43 who subscribes in mid-emit gets the next event; who is unsubscribed does not get this one", () => {
    const { hub } = hubWithLog();
    const log: string[] = [];
    hub.on("a", ({ n }) => {
      if (n !== 1) return;
      hub.on("a", ({ n }) => void log.push(`new ${n}`));
      offLater();
      offSelf();
    });
    const offSelf = hub.on("a", ({ n }) => void log.push(`self ${n}`));
    const offLater = hub.on("a", ({ n }) => void log.push(`later ${n}`));
    hub.on("a", ({ n }) => void log.push(`last ${n}`));
    hub.emit(a(1));
    hub.emit(a(2));
    expect(log).toEqual(["last 1", "last 2", "new 2"]);
  });

  it("X43 a hub that is closed inside a listener tells nobody else", () => {
    const { hub } = hubWithLog();
    let told = 0;
    hub.on("a", () => hub.close());
    hub.on("a", () => void told++);
    hub.emit(a(1));
    hub.emit(a(2));
    expect([told, hub.listenerCount]).toEqual([0, 0]);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])("a capacity of %d is refused", capacity => {
    const refused = expect.objectContaining({ code: "invalid-argument" }) as Error;
    expect(() => new EventHub({ capacity })).toThrow(refused);
    expect(() => new EventHub({ capacity: 1 }).stream({ capacity })).toThrow(refused);
  });
});

describe("event hub: streams", () => {
  it("gives a reader every event from its opening on, at the reader's pace", async () => {
    const { hub } = hubWithLog();
    hub.emit(a(0));
    const stream = hub.stream();
    hub.emit(a(1));
    hub.emit(b("two"));
    const read: Numbered[] = [];
    const reading = (async () => {
      for await (const event of stream) read.push(event);
    })();
    await tick();
    hub.emit(a(3));
    await tick();
    expect(read).toEqual([a(1), b("two"), a(3)]);
    hub.close();
    await reading;
    expect(stream.dropped).toBe(0);
  });

  it("X43 a slow reader costs a bounded number of events: it loses the oldest, counted, and nobody else does", async () => {
    const { hub } = hubWithLog();
    const slow = hub.stream({ capacity: 3 });
    const other = hub.stream();
    let told = 0;
    hub.on("a", () => void told++);
    for (let n = 1; n <= 10; n++) hub.emit(a(n));
    expect([slow.dropped, other.dropped, hub.droppedTotal, told]).toEqual([7, 0, 7, 10]);
    hub.close();
    const read: Numbered[] = [];
    for await (const event of slow) read.push(event);
    expect(read).toEqual([a(8), a(9), a(10)]);
  });

  it("ends for the reader that leaves, and lets go of it", async () => {
    const { hub } = hubWithLog();
    const stream = hub.stream();
    hub.emit(a(1));
    hub.emit(a(2));
    for await (const event of stream) {
      expect(event).toEqual(a(1));
      break;
    }
    expect([stream.ended, hub.listenerCount]).toEqual([true, 0]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("ends at an abort, also for a reader that waits, and leaves nothing at the signal", async () => {
    const { hub } = hubWithLog();
    const controller = new AbortController();
    const added: unknown[] = [];
    const removed: unknown[] = [];
    const signal = new Proxy(controller.signal, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (key === "addEventListener") added.push(args[1]);
          if (key === "removeEventListener") removed.push(args[1]);
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
    const stream = hub.stream({ signal });
    const waiting = [stream.next(), stream.next()];
    controller.abort();
    for (const result of await Promise.all(waiting)) expect(result).toEqual({ done: true, value: undefined });
    expect(hub.listenerCount).toBe(0);
    expect(hub.stream({ signal }).ended).toBe(true);
    expect(hub.listenerCount).toBe(0);
    const left = new AbortController();
    const other = hub.stream({ signal: left.signal });
    await other.return();
    expect(removed).toEqual(added);
  });

  it("X43 never keeps more than its capacity, loses the oldest only, and counts each", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.constantFrom("emit", "read"), { maxLength: 60 }),
        async (capacity, steps) => {
          const hub = new EventHub<Numbered>({ capacity });
          const stream = hub.stream();
          const model: number[] = [];
          let [n, dropped] = [0, 0];
          for (const step of steps) {
            if (step === "emit") {
              hub.emit(a(++n));
              model.push(n);
              if (model.length > capacity) {
                model.shift();
                dropped++;
              }
            } else if (model.length > 0) {
              expect(await stream.next()).toEqual({ done: false, value: a(model.shift()!) });
            }
          }
          expect([stream.dropped, hub.droppedTotal]).toEqual([dropped, dropped]);
        },
      ),
      { seed: 43, numRuns: 200 },
    );
  });

  it("X45 prints no event that it holds", () => {
    const { hub } = hubWithLog();
    const stream = hub.stream();
    hub.emit(b("marked-text"));
    expect(
      inspect([hub, stream], { depth: 9, showHidden: true }) + JSON.stringify([hub, stream]),
    ).not.toContain("marked");
  });
});
