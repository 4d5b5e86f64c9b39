import { describe, expect, it } from "vitest";
import { anyone } from "../../src/manager/index.js";
import { StateSealer } from "../../src/persistence/index.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import type { Store, StoredEntry } from "../../src/ports/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { Secret } from "../../src/bytes/index.js";
import { endpoint, settle } from "./support.js";
import { talk, world, type Pair } from "./resume-support.js";

/** What a session is, as far as a resumption keeps it. */
const facts = ({ alice, bob }: Pair) => ({
  lineage: alice.lineage,
  ids: [alice.id, bob.id],
  roles: [alice.role, bob.role],
});

async function entriesOf(store: Store, prefix = ""): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of store.entries(prefix)) entries.push(entry);
  return entries;
}

/** Puts `to` in the place of what there is. */
async function putBack(store: Store, to: readonly StoredEntry[]): Promise<void> {
  const present = await entriesOf(store);
  await store.write([
    ...present
      .filter(({ name }) => !to.some(entry => entry.name === name))
      .map(({ name, version }) => ({ kind: "delete", name, expected: version }) as const),
    ...to.map(
      ({ name, bytes }) =>
        ({
          kind: "put",
          name,
          bytes,
          expected: present.find(entry => entry.name === name)?.version,
        }) as const,
    ),
  ]);
}

describe.each([{ stores: false }, { stores: true }])(
  "a session whose connection was cut (stores: $stores)",
  ({ stores }) => {
    it.each(["the end that connected", "the end that accepted"])("is resumed by %s", async who => {
      const w = await world({ stores });
      const first = await w.connect();
      await talk(first);
      await w.cut();
      expect(await first.alice.ended).toMatchObject({ kind: "truncated" });
      const again = who === "the end that connected" ? await w.resume() : await w.resumeBack();
      expect(facts(again)).toMatchObject({ lineage: first.alice.lineage, roles: ["initiator", "responder"] });
      expect(again.alice.id).toBe(again.bob.id);
      expect(again.alice.id).not.toBe(first.alice.id);
      for (const session of [again.alice, again.bob]) {
        expect(session.resumed).toMatchObject({ from: first.alice.id, peerReceived: 1n, peerSessions: 1 });
        expect(session.metrics()).toMatchObject({
          resumptions: 1,
          sent: { messages: 1n },
          received: { messages: 1n },
        });
      }
      for (const host of [w.a, w.b])
        expect(host.events.filter(({ type }) => type === "resumed")).toMatchObject([
          { session: again.alice.id, from: first.alice.id, to: again.alice.id },
        ]);
      await talk(again);
      expect(w.a.errors.concat(w.b.errors)).toEqual([]);
    });

    it("is resumed as often as it is cut, over generations and renewals; streams and requests go on in it", async () => {
      const w = await world({ stores });
      let pair = await w.connect();
      const { lineage } = pair.alice;
      for (let round = 1; round <= 4; round++) {
        if (round % 2 === 0) pair.bob.renew();
        else pair.alice.advanceEpoch();
        await settle();
        await w.cut();
        pair = round % 2 === 0 ? await w.resume() : await w.resumeBack();
        expect(pair.alice.lineage).toBe(lineage);
        expect(pair.alice.metrics()).toMatchObject({ resumptions: round });
        pair.bob.respond("echo", request => request.text());
        expect((await pair.alice.request("echo", "x")).text()).toBe("x");
        const stream = pair.bob.openStream({ label: "s" });
        // The ids go by the full handshake, whoever has resumed: the responder's are even.
        expect(stream.id % 2).toBe(0);
        expect((await pair.alice.acceptStream())?.label).toBe("s");
        stream.reset();
      }
      expect(w.a.errors.concat(w.b.errors)).toEqual([]);
    });

    it("was closed in good order: nothing is kept of it", async () => {
      const w = await world({ stores });
      const first = await w.connect();
      await first.alice.close();
      await settle();
      if (w.a.store !== undefined && w.b.store !== undefined) {
        for (const store of [w.a.store, w.b.store]) {
          expect(await entriesOf(store, "lineage/")).toEqual([]);
          expect(await entriesOf(store, "resumption/")).toEqual([]);
        }
      }
      await expect(w.resume({ fallback: false })).rejects.toMatchObject({ code: "resumption-refused" });
      const again = await w.resume();
      expect(again.alice.resumed).toBeUndefined();
      expect(again.alice.lineage).toBe(again.alice.id);
      await talk(again);
    });

    it("was closed because a process leaves: it is resumed by the next one", async () => {
      const w = await world({ stores });
      const first = await w.connect();
      const { lineage } = first.alice;
      await first.alice.close("going-away");
      await settle();
      const again = await w.resume({ fallback: false });
      expect(again.alice.resumed?.from).toBe(first.alice.id);
      expect([again.alice.lineage, again.bob.lineage]).toEqual([lineage, lineage]);
      await talk(again);
    });

    it("is moved to another connection while the old one seems to be alive: the old one ends as cut", async () => {
      const w = await world({ stores });
      const first = await w.connect();
      const second = await w.resume();
      expect(second.alice.resumed?.from).toBe(first.alice.id);
      expect(await first.alice.ended).toMatchObject({ kind: "truncated" });
      expect(await first.bob.ended).toMatchObject({ kind: "truncated" });
      expect(w.a.manager.sessions()).toEqual([second.alice]);
      expect(w.b.manager.sessions()).toEqual([second.bob]);
      await talk(second);
      // What the old one did last has not overwritten what the new one keeps.
      await w.cut();
      const third = await w.resume();
      expect(third.alice.resumed?.from).toBe(second.alice.id);
      expect(third.alice.metrics().resumptions).toBe(2);
    });

    it("is resumed by both ends at once: two sessions live, and both ends keep the same one of them", async () => {
      const w = await world({ stores });
      const first = await w.connect();
      await w.cut();
      const pairs = await Promise.all([w.resume(), w.resumeBack()]);
      for (const pair of pairs) {
        expect(pair.alice.resumed?.from).toBe(first.alice.id);
        await talk(pair);
      }
      expect(pairs[0].alice.resumed?.by).toBe("local");
      expect(pairs[0].bob.resumed?.by).toBe("peer");
      await w.cut();
      for (const again of [await w.resume(), await w.resumeBack()]) expect(again.alice.resumed).toBeDefined();
      expect(w.a.events.filter(({ type }) => type === "rejected")).toEqual([]);
    });

    it("of several, the one that is named, or else one that no session goes on with", async () => {
      const w = await world({ stores });
      const first = await w.connect();
      await w.cut();
      const second = await w.connect();
      const again = await w.resume();
      expect(again.alice.lineage).toBe(first.alice.lineage);
      expect(second.alice.state.name).toBe("active");
      await w.cut();
      const named = await w.resume({ lineage: second.alice.lineage });
      expect(named.alice.lineage).toBe(second.alice.lineage);
      await expect(w.resume({ lineage: "00".repeat(32), fallback: false })).rejects.toMatchObject({
        code: "resumption-refused",
      });
    });
  },
);

describe("a process that has died", () => {
  it.each([
    ["one end's", (w: Awaited<ReturnType<typeof world>>) => [w.a]],
    ["the other end's", (w: Awaited<ReturnType<typeof world>>) => [w.b]],
    ["both ends'", (w: Awaited<ReturnType<typeof world>>) => [w.a, w.b]],
  ])("%s: the session is resumed from the stores", async (_, who) => {
    const w = await world({ stores: true });
    const first = await w.connect();
    await talk(first);
    first.alice.advanceEpoch();
    await settle();
    await w.crash(...who(w));
    const again = await w.resume();
    expect(again.alice.lineage).toBe(first.alice.lineage);
    expect(again.bob.resumed?.from).toBe(first.alice.id);
    await talk(again);
    expect(again.alice.metrics().generations).toBe(1);
  });

  it("whose session had been moved to another connection: the old one's end has overwritten nothing", async () => {
    const w = await world({ stores: true });
    const first = await w.connect();
    const second = await w.resume();
    expect(await first.bob.ended).toMatchObject({ kind: "truncated" });
    await w.crash(w.a, w.b);
    const third = await w.resume();
    expect(third.alice.resumed?.from).toBe(second.alice.id);
    expect(third.alice.metrics().resumptions).toBe(2);
    expect(third.bob.metrics().resumptions).toBe(2);
  });

  it("H47 T37 the policy is asked again, and may say no now", async () => {
    const w = await world({ stores: true });
    await w.connect();
    await w.cut();
    const listener = memoryListener();
    await w.b.manager.accept(listener, { allow: [] });
    const asked = w.a.manager.resume(memoryConnector(listener), { peer: w.b.identity.id });
    await expect(asked).rejects.toMatchObject({ code: "handshake-failed" });
    expect(w.b.events.at(-1)).toMatchObject({ type: "ended", end: { error: { code: "peer-refused" } } });
  });

  it("one end has lost its store: a full handshake takes the place, once", async () => {
    const w = await world({ stores: true });
    const first = await w.connect();
    w.b.store = new MemoryStore({ now: () => w.clock.now().wall });
    await w.crash(w.b);
    await expect(w.resume({ fallback: false })).rejects.toMatchObject({ code: "resumption-refused" });
    const again = await w.resume();
    expect(again.alice.resumed).toBeUndefined();
    expect(again.alice.lineage).not.toBe(first.alice.lineage);
    expect(again.alice.suite).toBe("IKhfs");
    await talk(again);
  });
});

describe("a store that was put back", () => {
  async function rolled(generations: number) {
    const w = await world({ stores: true });
    const first = await w.connect();
    await settle();
    const snapshot = await entriesOf(w.b.store!);
    for (let i = 0; i < generations; i++) {
      first.alice.advanceEpoch();
      await settle();
    }
    await w.crash(w.b);
    await putBack(w.b.store!, snapshot);
    return { w, first };
  }

  it("S1 by one generation: the peer knows that secret still, and fresh keys come of it", async () => {
    const { w, first } = await rolled(1);
    const again = await w.resumeBack();
    expect(again.bob.lineage).toBe(first.alice.lineage);
    await talk(again);
  });

  it("S1 by two: nobody knows it any more, and a full handshake takes the place", async () => {
    const { w, first } = await rolled(2);
    const back = await w.resumeBack();
    expect(back.bob.resumed).toBeUndefined();
    expect(back.bob.lineage).not.toBe(first.alice.lineage);
    await talk(back);
  });

  it("S1 the peer of one that was put back asks for what that one does not know: a full handshake", async () => {
    const { w } = await rolled(1);
    const again = await w.resume();
    expect(again.alice.resumed).toBeUndefined();
    await talk(again);
  });

  it("S1 to what led to a session before: twice from one secret leads to two sessions with nothing in common", async () => {
    const w = await world({ stores: true });
    await w.connect();
    await w.crash(w.a, w.b);
    const snapshots = [await entriesOf(w.a.store!), await entriesOf(w.b.store!)];
    const keys: Uint8Array[] = [];
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      const pair = await w.resume();
      expect(pair.alice.resumed).toBeDefined();
      const key = pair.alice.exportKey("test", new Uint8Array(0), 32);
      keys.push(Uint8Array.from(key.expose()));
      key.dispose();
      ids.push(pair.alice.id);
      await talk(pair);
      await w.crash(w.a, w.b);
      await putBack(w.a.store!, snapshots[0]!);
      await putBack(w.b.store!, snapshots[1]!);
    }
    expect(ids[0]).not.toBe(ids[1]);
    expect(keys[0]).not.toEqual(keys[1]);
  });
});

describe("what is stored of a lineage", () => {
  const damages: readonly [string, (entries: StoredEntry[]) => StoredEntry[]][] = [
    [
      "edited",
      entries =>
        entries.map(entry => ({
          ...entry,
          bytes: entry.bytes.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
        })),
    ],
    ["truncated", entries => entries.map(entry => ({ ...entry, bytes: entry.bytes.subarray(0, 40) }))],
    ["emptied", entries => entries.map(entry => ({ ...entry, bytes: new Uint8Array(0) }))],
    [
      "swapped",
      entries => entries.map((entry, i) => ({ ...entry, bytes: entries[(i + 1) % entries.length]!.bytes })),
    ],
  ];

  it.each(
    damages.flatMap(([how, damage]) =>
      (["lineage/", "resumption/"] as const).map(kind => [kind, how, damage] as const),
    ),
  )(
    "%s %s: told to onError, never used, and no crash; a full handshake takes the place",
    async (kind, _, damage) => {
      const w = await world({ stores: true });
      // Two lineages, so that there is something to swap.
      const [first, second] = [await w.connect(), await w.connect()];
      await w.cut();
      const { b } = w;
      const all = await entriesOf(b.store!);
      const touched = damage(all.filter(({ name }) => name.startsWith(kind)));
      await putBack(b.store!, [...all.filter(({ name }) => !name.startsWith(kind)), ...touched]);
      const again = await w.resume();
      expect(again.alice.resumed).toBeUndefined();
      expect([first.alice.lineage, second.alice.lineage]).not.toContain(again.alice.lineage);
      expect(b.errors.length).toBeGreaterThan(0);
      for (const error of b.errors) expect(error).toMatchObject({ code: "snapshot-invalid" });
      await talk(again);
    },
  );

  it("is sealed: neither secrets nor ids of sessions stand in it in clear, and nobody else can open it", async () => {
    const w = await world({ stores: true });
    const { alice } = await w.connect();
    await settle();
    const [entry] = await entriesOf(w.a.store!, "lineage/");
    expect(entry!.name).toBe(`lineage/${alice.peer}/${alice.lineage}`);
    expect(Buffer.from(entry!.bytes).toString("hex")).not.toContain(alice.id);
    const sealer = new StateSealer(nodeProvider, nodeProvider.random);
    const other = Secret.take(new Uint8Array(32));
    expect(() => sealer.open(other, { kind: "lineage", name: entry!.name, codec: 1 }, entry!.bytes)).toThrow(
      /identity/,
    );
  });

  it("is forgotten by the store itself when the lineage is over", async () => {
    const w = await world({
      stores: true,
      a: { limits: { lineageAge: 600_000, age: 500_000, idle: 550_000 } },
    });
    await w.connect();
    await w.crash(w.a, w.b);
    expect(await entriesOf(w.b.store!, "lineage/")).toHaveLength(1);
    w.clock.stepWall(600_000);
    expect(await entriesOf(w.b.store!, "lineage/")).toEqual([]);
    expect(await entriesOf(w.a.store!, "resumption/")).toEqual([]);
    const again = await w.resume();
    expect(again.alice.resumed).toBeUndefined();
  });
});

describe("the age of a lineage", () => {
  it("X42 H47 goes on through restarts by the wall clock alone, and a clock put back gains nothing", async () => {
    const w = await world({ stores: true });
    const first = await w.connect();
    const left = (pair: Pair): number => {
      const health = pair.alice.checkHealth();
      return health.status === "healthy" ? health.remaining.lineageAge : -1;
    };
    const atFirst = left(first);
    await w.crash(w.a, w.b);
    w.clock.stepWall(3_600_000);
    const second = await w.resume();
    const afterAnHour = left(second);
    expect(afterAnHour).toBe(atFirst - 3_600_000);
    await w.crash(w.a, w.b);
    w.clock.stepWall(-7_200_000);
    const third = await w.resume();
    expect(third.alice.resumed).toBeDefined();
    expect(left(third)).toBeLessThanOrEqual(afterAnHour);
  });

  it("X42 within one run, by the monotonic clock as well", async () => {
    const w = await world({ stores: true });
    const first = await w.connect();
    const health = first.alice.checkHealth();
    const atFirst = health.status === "healthy" ? health.remaining.lineageAge : -1;
    await w.cut();
    w.clock.advance(1_000_000);
    w.clock.stepWall(-1_000_000);
    const again = await w.resume();
    const now = again.alice.checkHealth();
    expect(again.alice.resumed).toBeDefined();
    expect(now.status === "healthy" && now.remaining.lineageAge).toBeLessThanOrEqual(atFirst - 1_000_000);
  });
});

describe("a store that fails", () => {
  it("costs a resumption, and no session", async () => {
    const w = await world({ stores: true });
    await w.connect();
    await w.cut();
    const failing: Store = {
      transactional: true,
      get: () => Promise.reject(new Error("the disk is gone")),
      write: () => Promise.reject(new Error("the disk is gone")),
      entries: () => {
        throw new Error("the disk is gone");
      },
      close: () => Promise.resolve(),
    };
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const b = endpoint({ identity: w.b.identity, clock: w.clock, store: failing, onError });
    const listener = memoryListener();
    const acceptor = await b.manager.accept(listener, { allow: anyone });
    const [alice, bob] = await Promise.all([
      w.a.manager.resume(memoryConnector(listener), { peer: w.b.identity.id }),
      acceptor.next(),
    ]);
    expect(alice.resumed).toBeUndefined();
    await talk({ alice, bob: bob! });
    expect(errors.length).toBeGreaterThan(0);
  });
});
