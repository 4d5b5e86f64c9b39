import { describe, expect, it } from "vitest";
import { Secret, toHex } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";
import { sealUnder, StateSealer, StoredRestorations } from "../../src/persistence/index.js";
import type { Store } from "../../src/ports/index.js";
import {
  defaultLimits,
  disposeRestoration,
  restorationName,
  type RestorationState,
} from "../../src/session/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FaultyStore } from "../../src/testing/faulty-store.js";

const bytes = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const secret = (byte: number): Secret => Secret.take(bytes(byte));
const now = { wall: 1_800_000_000_000, monotonic: 0 };
const lineage = { peer: bytes(1), lineage: bytes(2) };
const none = { messages: 0n, bytes: 0n, records: 0n, rotations: 0 };
const far = now.wall + 1_000_000;

const state = (sentMessages: number, secretOf = 4): RestorationState => ({
  ...lineage,
  role: "initiator",
  suite: "IK",
  lineageLeft: 1_000_000,
  at: now,
  totals: { sent: none, received: none, generations: 0, renewals: 0, resumptions: 0 },
  known: undefined,
  sessions: [
    {
      session: bytes(3),
      keyRole: "initiator",
      renewals: 0,
      generation: 0,
      restore: { initiator: secret(secretOf), responder: secret(5) },
      nextRoot: secret(6),
      exporter: secret(7),
      limits: defaultLimits,
      age: 0,
      idle: 0,
      used: { sentMessages, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 },
      received: { messages: 0, bytes: 0 },
    },
  ],
});

function restorations(store: Store): StoredRestorations {
  const { random } = nodeProvider;
  const sealer = new StateSealer(nodeProvider, random);
  return new StoredRestorations({
    store,
    provider: nodeProvider,
    random,
    sealFor: () => sealUnder(sealer, random, () => secret(9)),
    own: bytes(8),
    now: () => now,
    onError: error => {
      throw error as Error;
    },
  });
}

async function kept(stored: StoredRestorations): Promise<number | undefined> {
  const [found] = await stored.withPeer(lineage.peer);
  disposeRestoration(found);
  return found?.sessions[0]?.used.sentMessages;
}

describe("the hold of a lineage", () => {
  it("S3 that was overtaken writes nothing and erases nothing", async () => {
    const stored = restorations(new MemoryStore({ now: () => now.wall }));
    const first = (await stored.take(lineage, far)).hold;
    await first.save(state(1));
    const taken = await stored.take(lineage, far);
    disposeRestoration(taken.state);
    expect(taken.hold.fence).toBe(first.fence + 1n);
    for (const attempt of [
      () => first.save(state(2)),
      () => first.settle(state(3), []),
      () => first.forget(),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: "store-fenced" });
    expect(await kept(stored)).toBe(1);
    await taken.hold.save(state(4));
    expect(await kept(stored)).toBe(4);
  });

  it.each(["first save", "later save"])("knows its own write where the answer was lost (%s)", async which => {
    const store = new FaultyStore(new MemoryStore({ now: () => now.wall }));
    const stored = restorations(store);
    const { hold } = await stored.take(lineage, far);
    if (which === "later save") await hold.save(state(1));
    store.plan = () => "lose-answer";
    await hold.save(state(2));
    store.plan = undefined;
    await hold.save(state(3));
    expect(await kept(stored)).toBe(3);
  });

  it("knows its own fence where the answer was lost", async () => {
    const store = new FaultyStore(new MemoryStore({ now: () => now.wall }), { plan: () => "lose-answer" });
    const stored = restorations(store);
    const { hold } = await stored.take(lineage, far);
    store.plan = undefined;
    await hold.save(state(1));
    expect(await kept(stored)).toBe(1);
  });

  it("S8 takes no write for its own by numbers alone: a store that failed over to another's state has the same ones", async () => {
    const stores = [1, 2].map(() => new MemoryStore({ now: () => now.wall }));
    const other = await restorations(stores[1]!).take(lineage, far);
    await other.hold.save(state(20));
    let present: Store = stores[0]!;
    const failingOver: Store = {
      transactional: true,
      get: name => present.get(name),
      entries: (prefix, options) => present.entries(prefix, options),
      close: () => present.close(),
      write: (writes, options) =>
        present === stores[0]
          ? present.write(writes, options)
          : Promise.reject(new SessionError("store-failed", "This one takes no writes.")),
    };
    const { hold } = await restorations(failingOver).take(lineage, far);
    expect(hold.fence).toBe(other.hold.fence);
    present = stores[1]!;
    await expect(hold.save(state(1))).rejects.toMatchObject({ code: "store-failed" });
  });

  it("writes what comes after a write that was late, and never under it", async () => {
    const inner = new MemoryStore({ now: () => now.wall });
    const stored = restorations(inner);
    const late: (() => Promise<unknown>)[] = [];
    const store: Store = {
      transactional: true,
      get: name => inner.get(name),
      entries: (prefix, options) => inner.entries(prefix, options),
      close: () => inner.close(),
      write: (writes, options) => {
        if (late.length > 0 || !writes.some(({ name }) => name.startsWith("restoration/")))
          return inner.write(writes, options);
        late.push(() => inner.write(writes, options));
        return Promise.reject(new SessionError("store-timeout", "This one is late."));
      },
    };
    const { hold } = await restorations(store).take(lineage, far);
    await expect(hold.save(state(1))).rejects.toMatchObject({ code: "store-timeout" });
    await late[0]!();
    await hold.save(state(2));
    expect(await kept(stored)).toBe(2);
    await expect(late[0]!()).rejects.toMatchObject({ code: "store-conflict" });
  });

  it("S2 is not found by a name of a session that it has moved on from", async () => {
    const store = new MemoryStore({ now: () => now.wall });
    const stored = restorations(store);
    const { hold } = await stored.take(lineage, far);
    const nameOf = (secretOf: number): Uint8Array =>
      restorationName(nodeProvider, { initiator: secret(secretOf), responder: secret(5) });
    const found = async (secretOf: number): Promise<number | undefined> => {
      const state = await stored.find(nameOf(secretOf));
      disposeRestoration(state);
      return state?.sessions[0]?.used.sentMessages;
    };
    await hold.save(state(1, 4));
    expect(await found(4)).toBe(1);
    const name = `restore/${toHex(nameOf(4))}`;
    const { bytes: old } = (await store.get(name))!;
    await hold.save(state(2, 14));
    await store.write([{ kind: "put", name, expected: undefined, bytes: old }]);
    expect([await found(14), await found(4)]).toEqual([2, undefined]);
  });

  it("X38 keeps at most 64 lineages of one peer, and none that lives goes", async () => {
    const stored = restorations(new MemoryStore({ now: () => now.wall }));
    for (let i = 0; i < 70; i++) {
      await stored.makeRoom(lineage.peer, id => id.startsWith("0000"));
      const id = new Uint8Array(32).fill(0xff);
      id.set([i < 3 ? 0 : 1, i < 3 ? 0 : 1, i]);
      const { hold } = await stored.take({ ...lineage, lineage: id }, far);
      await hold.save({ ...state(i, 10 + i), lineage: id });
    }
    const found = await stored.withPeer(lineage.peer);
    for (const one of found) disposeRestoration(one);
    expect(found).toHaveLength(64);
    expect(found.filter(({ lineage: [first] }) => first === 0)).toHaveLength(3);
  });
});
