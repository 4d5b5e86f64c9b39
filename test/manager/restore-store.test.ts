import { afterEach, describe, expect, it, vi } from "vitest";
import { Secret, toHex } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import type { Session, SessionManagerOptions } from "../../src/manager/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { FaultyStore, type StoreFault } from "../../src/testing/faulty-store.js";
import type { Store } from "../../src/ports/index.js";
import { duo, pass, settle } from "./support.js";
import { talk, world, type Options } from "./resume-support.js";

const full = { persist: "full", floor: "classic", prefer: "classic" } satisfies Options;

afterEach(() => vi.restoreAllMocks());

async function namesOf(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.entries("")) names.push(name);
  return names;
}

const about = (names: readonly string[]): string[] =>
  names.filter(name => /^(restoration|restore|lineage|resumption)\//.test(name));

/** Two managers with stores that fail as planned. */
async function faulty(a: Partial<SessionManagerOptions> = {}) {
  const clock = new FakeClock();
  const stores = { a: new FaultyStore(new MemoryStore(), { clock }), b: new MemoryStore() };
  const options = { clock, ...full };
  const d = await duo({ a: { ...options, ...a, store: stores.a }, b: { ...options, store: stores.b } });
  return { ...d, stores, clock };
}

/** What is heard of `session`, until it ends. */
function hear(session: Session): string[] {
  const heard: string[] = [];
  void (async () => {
    for await (const message of session) heard.push(message.text());
  })().catch(() => undefined);
  return heard;
}

describe("a store that fails under a session that is kept in full", () => {
  const faults = ["fail", "lose-answer", "full", "time-out"] as const satisfies readonly StoreFault[];

  it.each(faults)(
    "%s at each write: a typed error or none, never fenced, and what was sent comes",
    async fault => {
      let writes = 1;
      for (let k = 0; k < writes; k++) {
        const d = await faulty();
        const fenced: unknown[] = [];
        d.a.manager.on("fenced", event => void fenced.push(event));
        d.stores.a.plan = number => (number === k ? fault : undefined);
        let pair: Awaited<ReturnType<typeof d.join>>;
        try {
          pair = await Promise.all([d.a.manager.connect(d.connector, { peer: d.b.identity.id })]).then(
            async ([alice]) => ({ alice, bob: (await d.acceptor.next())! }),
          );
        } catch (error) {
          // The first save failed: nothing was told to anybody, and the next attempt goes well. One whose answer was lost has taken place.
          expect(fault).not.toBe("lose-answer");
          expect([k, fault, SessionError.is(error) && error.category]).toEqual([k, fault, "store"]);
          await settle();
          const alice = await d.a.manager.connect(d.connector, { peer: d.b.identity.id });
          await settle();
          pair = { alice, bob: d.b.manager.sessions().find(({ id }) => id === alice.id)! };
        }
        const { alice, bob } = pair;
        const heard = hear(bob);
        const send = async (text: string): Promise<void> => {
          await alice.send(text);
          await settle();
        };
        await send("one");
        alice.advanceEpoch();
        await pass(d.clock, 3_000);
        await send("two");
        bob.renew();
        await pass(d.clock, 3_000);
        await send("three");
        expect([k, heard]).toEqual([k, ["one", "two", "three"]]);
        expect(fenced).toEqual([]);
        expect(alice.metrics()).toMatchObject({ generations: 1, renewals: 1 });
        writes = Math.max(writes, d.stores.a.writes);
      }
      expect(writes).toBeGreaterThan(8);
    },
    120_000,
  );

  it("is not waited for by a send without end: an answer, an error, an abort and a close end it", async () => {
    const limits = { sentMessages: { warn: 90, max: 100 } };
    const d = await faulty({ limits, autoRenew: false });
    const { alice, bob } = await d.join();
    const heard = hear(bob);
    const answers: (() => void)[] = [];
    const answer = (): void => answers.splice(0).forEach(go => go());
    const inner = d.stores.a.write.bind(d.stores.a);
    let held = true;
    d.stores.a.write = async (writes, options) => {
      if (held) await new Promise<void>(resolve => answers.push(resolve));
      return inner(writes, options);
    };
    for (let i = 0; i < 12; i++) await alice.send(`${i}`);
    const controller = new AbortController();
    const aborted = alice.send("aborted", { signal: controller.signal });
    const answered = alice.send("answered");
    expect(() => alice.encrypt(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: "lease-pending" }),
    );
    await settle();
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    held = false;
    answer();
    await answered;
    await settle();
    expect(heard.at(-1)).toBe("answered");
    d.stores.a.plan = () => "fail";
    const failing = (async () => {
      for (let i = 0; i < 20; i++) await alice.send(`more ${i}`);
    })();
    await expect(failing).rejects.toMatchObject({ code: "store-failed" });
    held = true;
    const closed = alice.send("never");
    await settle();
    const closing = alice.close();
    await expect(closed).rejects.toMatchObject({ category: "usage" });
    held = false;
    d.stores.a.plan = undefined;
    answer();
    await closing;
  });

  it("holds back what is received till it is leased, and no more is read", async () => {
    const limits = { receivedMessages: { warn: 90, max: 100 } };
    const d = await faulty({ limits, autoRenew: false });
    const { alice, bob } = await d.join();
    const heard = hear(alice);
    d.stores.a.plan = () => "fail";
    for (let i = 0; i < 40; i++) await bob.send(`${i}`, { until: "queued" });
    await settle();
    expect(heard).toHaveLength(12);
    d.stores.a.plan = undefined;
    await pass(d.clock, 5_000);
    expect(heard).toHaveLength(40);
  });
});

describe("two processes of one store", () => {
  it("S3 whoever is overtaken ends as fenced, and neither writes nor erases anything of the other's", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    const old = w.a.manager;
    const fenced: string[] = [];
    old.on("fenced", ({ session }) => void fenced.push(session!));
    const ended: string[] = [];
    old.on("ended", ({ end }) => void ended.push(end.kind));
    w.a.together();
    // It takes the lineage, and does not reach the peer.
    const nowhere = { remote: "nowhere", connect: () => Promise.reject(new Error("no way")) };
    await expect(w.a.manager.connect(nowhere, { peer: w.b.identity.id })).rejects.toMatchObject({
      code: "connect-failed",
    });
    const before = about(await namesOf(w.a.store!));
    expect(before).toHaveLength(4);
    // The session of the first process lives on till it has to write.
    await first.alice.send("still");
    first.alice.advanceEpoch();
    await settle();
    expect(fenced).toEqual([first.alice.id]);
    expect(ended).toEqual(["fenced"]);
    expect(about(await namesOf(w.a.store!))).toEqual(before);
    await w.cut();
    const again = await w.connect();
    expect(again.alice.restored).toBe("local");
    await talk(again);
  });

  it("S3 the close of one that does not know it yet erases nothing", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    w.a.together();
    const nowhere = { remote: "nowhere", connect: () => Promise.reject(new Error("no way")) };
    await w.a.manager.connect(nowhere, { peer: w.b.identity.id }).catch(() => undefined);
    const before = about(await namesOf(w.a.store!));
    await first.alice.close();
    await settle();
    expect(about(await namesOf(w.a.store!))).toEqual(before);
  });

  it("S3 the second one carries on, and the first one's session ends", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    w.a.together();
    const second = await w.connect();
    expect(second.alice.restored).toBe("local");
    expect(second.bob.restored).toBe("peer");
    await talk(second);
    await settle();
    expect((await first.alice.ended).kind).not.toBe("closed");
    expect((await first.bob.ended).kind).toBe("truncated");
    await talk(second);
  });
});

describe("what is kept", () => {
  it("is forgotten by a close in order, at both ends, and kept by a process that leaves", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await first.bob.close();
    await settle();
    for (const host of [w.a, w.b])
      expect(await namesOf(host.store!)).toEqual([expect.stringMatching(/^session\//)]);
    const second = await w.connect();
    await second.alice.close("going-away");
    await settle();
    const third = await w.connect();
    expect(third.alice.restored).toBe("local");
    await talk(third);
  });

  it("counts what was leased as used, and what an end in order has given back as free", async () => {
    const limits = { sentMessages: { warn: 900, max: 1_000 } };
    const w = await world({ stores: true, a: { ...full, limits }, b: full });
    const first = await w.connect();
    for (let i = 0; i < 3; i++) await first.alice.send("x");
    const left = (session: Session): number => {
      const health = session.checkHealth();
      return "remaining" in health ? health.remaining.sentMessages : NaN;
    };
    expect(left(first.alice)).toBe(997);
    await w.crash(w.a);
    const second = await w.connect();
    expect(left(second.alice)).toBe(875);
    await w.cut();
    const third = await w.connect();
    expect(left(third.alice)).toBe(875);
    await talk(third);
  });

  it("X45 is disposed, whether it was used or not", async () => {
    const copies: Secret[] = [];
    const copy = Secret.copy.bind(Secret);
    vi.spyOn(Secret, "copy").mockImplementation(bytes => {
      const secret = copy(bytes);
      copies.push(secret);
      return secret;
    });
    const w = await world({ stores: true, a: full, b: full });
    await w.connect();
    await w.cut();
    const nowhere = { remote: "nowhere", connect: () => Promise.reject(new Error("no way")) };
    await w.a.manager.connect(nowhere, { peer: w.b.identity.id }).catch(() => undefined);
    const again = await w.connect();
    await talk(again);
    await again.alice.close();
    await settle();
    expect(copies.length).toBeGreaterThan(20);
    expect(copies.filter(({ disposed }) => !disposed)).toHaveLength(0);
  });

  it("is not taken by `resume` while a session of this manager lives: that one goes on till the resumption has come about", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    const nowhere = { remote: "nowhere", connect: () => Promise.reject(new Error("no way")) };
    await w.a.manager.resume(nowhere, { peer: w.b.identity.id }).catch(() => undefined);
    first.alice.advanceEpoch();
    await settle();
    await talk(first);
    const second = await w.resume();
    expect(second.alice.resumed?.from).toBe(first.alice.id);
    await talk(second);
    await w.crash(w.a);
    const third = await w.connect();
    expect(third.alice.restored).toBe("local");
    expect(third.alice.id).toBe(second.alice.id);
  });

  it("is a store's: without one there is nowhere to keep it", () => {
    expect(() => toHex(new Uint8Array(1))).not.toThrow();
    return expect(world({ a: full })).rejects.toMatchObject({ code: "invalid-argument" });
  });
});
