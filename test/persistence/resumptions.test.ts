import { describe, expect, it } from "vitest";
import { Secret, toHex } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import {
  HeldResumptions,
  sealUnder,
  StateSealer,
  StoredResumptions,
  type Resumptions,
} from "../../src/persistence/index.js";
import { lineagesPerPeer } from "../../src/persistence/persistence-limits.js";
import type { Store, StoreWrite } from "../../src/ports/index.js";
import { disposeState, resumptionName, type ResumptionState } from "../../src/session/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";

const bytes = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const direction = { messages: 1n, bytes: 2n, records: 3n, rotations: 4 };
const totals = { sent: direction, received: direction, generations: 0, renewals: 0, resumptions: 0 };

class Wall {
  wall = 1_800_000_000_000;
  readonly now = (): { wall: number; monotonic: number } => ({ wall: this.wall, monotonic: 0 });
}

const time = new Wall();

function state(lineage: number, secrets: readonly number[], peer = 0x33): ResumptionState {
  return {
    lineage: bytes(lineage),
    session: bytes(0x22),
    peer: bytes(peer),
    role: "initiator",
    suite: "IK",
    lineageLeft: 1_000_000,
    at: time.now(),
    totals,
    secrets: secrets.map(byte => Secret.take(bytes(byte))),
  };
}

const nameOf = (secret: number): Uint8Array => resumptionName(nodeProvider, Secret.take(bytes(secret)));

/** Notes the writes that reach it. */
class NotingStore extends MemoryStore {
  readonly writes: (readonly StoreWrite[])[] = [];
  override write: Store["write"] = (writes, options) => {
    this.writes.push(writes);
    return MemoryStore.prototype.write.call(this, writes, options);
  };
}

function stored(
  store: Store = new MemoryStore({ now: () => time.wall }),
  root = 1,
  isLive: (lineage: string) => boolean = () => false,
) {
  const errors: unknown[] = [];
  const sealer = new StateSealer(nodeProvider, nodeProvider.random);
  const kept = new StoredResumptions({
    store,
    provider: nodeProvider,
    random: nodeProvider.random,
    sealFor: peer =>
      sealUnder(sealer, nodeProvider.random, () => Secret.take(Uint8Array.from(peer, byte => byte ^ root))),
    own: bytes(0x99),
    now: time.now,
    onError: error => errors.push(error),
    isLive,
  });
  return { kept, store, errors };
}

async function names(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.entries("")) found.push(name);
  return found;
}

const lineageOf = async (found: Promise<ResumptionState | undefined>): Promise<number | undefined> => {
  const one = await found;
  disposeState(one);
  return one?.lineage[0];
};

describe.each([
  ["held in the process", (): Resumptions => new HeldResumptions(nodeProvider, time.now, 3)],
  ["in a store", (): Resumptions => stored().kept],
])("lineages %s", (_, make) => {
  it("are found by the names of their newest secrets alone, and by the peer, the last one in front", async () => {
    const kept = make();
    await kept.save(state(1, [10]));
    await kept.save(state(1, [11, 10]));
    time.wall++;
    await kept.save(state(2, [20]));
    await kept.save(state(3, [30], 0x44));
    expect(await lineageOf(kept.find(nameOf(10)))).toBe(1);
    await kept.save(state(1, [12, 11]));
    expect(await lineageOf(kept.find(nameOf(10)))).toBeUndefined();
    expect(await lineageOf(kept.find(nameOf(11)))).toBe(1);
    expect(await lineageOf(kept.find(nameOf(12)))).toBe(1);
    expect(await lineageOf(kept.find(nameOf(99)))).toBeUndefined();
    time.wall++;
    await kept.save({ ...state(1, [12, 11]), at: time.now() });
    const withPeer = await kept.withPeer(bytes(0x33));
    expect(withPeer.map(({ lineage }) => lineage[0])).toEqual([1, 2]);
    expect(withPeer[0]!.secrets.map(secret => secret.expose()[0])).toEqual([12, 11]);
    expect(await kept.withPeer(bytes(0x55))).toEqual([]);
  });

  it("are the caller's to dispose, and stay what they are", async () => {
    const kept = make();
    await kept.save(state(1, [10]));
    disposeState(await kept.find(nameOf(10)));
    const again = await kept.find(nameOf(10));
    expect(again!.secrets[0]!.expose()).toEqual(bytes(10));
  });

  it("are counted on, and forgotten", async () => {
    const kept = make();
    await kept.save(state(1, [10]));
    const more = { ...totals, resumptions: 7 };
    await kept.progress(state(1, []), { lineageLeft: 500, at: time.now(), totals: more });
    const found = await kept.find(nameOf(10));
    expect(found).toMatchObject({ lineageLeft: 500, totals: { resumptions: 7 } });
    await kept.forget(state(1, []));
    await kept.progress(state(1, []), { lineageLeft: 500, at: time.now(), totals });
    expect(await lineageOf(kept.find(nameOf(10)))).toBeUndefined();
    expect(await kept.withPeer(bytes(0x33))).toEqual([]);
  });

  it("are not found when they are over", async () => {
    const kept = make();
    await kept.save(state(1, [10]));
    time.wall += 1_000_000;
    expect(await lineageOf(kept.find(nameOf(10)))).toBeUndefined();
    expect(await kept.withPeer(bytes(0x33))).toEqual([]);
  });
});

describe("lineages held in the process", () => {
  it("X38 are bounded: the one that was saved first makes room, and its secrets are erased", async () => {
    const kept = new HeldResumptions(nodeProvider, time.now, 2);
    const states = [1, 2, 3].map(lineage => state(lineage, [lineage]));
    for (const one of states) await kept.save(one);
    expect(kept.size).toBe(2);
    expect(states.map(({ secrets }) => secrets[0]!.disposed)).toEqual([true, false, false]);
    await kept.close();
    expect(states.every(({ secrets }) => secrets[0]!.disposed)).toBe(true);
  });
});

describe("lineages in a store", () => {
  it("are written in one transaction, names and all, and expire with the lineage", async () => {
    const store = new NotingStore({ now: () => time.wall });
    const { kept } = stored(store);
    await kept.save(state(1, [11, 10]));
    await kept.save(state(1, [12, 11]));
    await kept.forget(state(1, []));
    const told = store.writes.map(writes =>
      writes.map(write => [write.kind, write.name.split("/")[0], "expiresAt" in write && write.expiresAt]),
    );
    const over = time.wall + 1_000_000;
    expect(told[0]).toEqual([
      ["put", "lineage", over],
      ["put", "resumption", over],
      ["put", "resumption", over],
    ]);
    expect(told[1]!.map(([kind]) => kind).sort()).toEqual(["delete", "put", "put", "put"]);
    expect(told[2]!.map(([kind]) => kind)).toEqual(["delete", "delete", "delete"]);
    expect(await names(store)).toEqual([]);
  });

  it("X38 are bounded for each peer: the one that was saved first makes room", async () => {
    const { kept, store } = stored();
    for (let lineage = 0; lineage < lineagesPerPeer + 3; lineage++) {
      time.wall++;
      await kept.save({ ...state(lineage, [lineage + 100]), at: time.now() });
    }
    await kept.save(state(7, [9], 0x44));
    const kinds = (await names(store)).map(name =>
      name
        .split("/")
        .slice(0, name.startsWith("l") ? 2 : 1)
        .join(),
    );
    const count = (kind: string): number => kinds.filter(one => one === kind).length;
    expect(count(`lineage,${"33".repeat(32)}`)).toBe(lineagesPerPeer);
    expect(count(`lineage,${"44".repeat(32)}`)).toBe(1);
    expect(count("resumption")).toBe(lineagesPerPeer + 1);
    expect(await lineageOf(kept.find(nameOf(102)))).toBeUndefined();
    expect(await lineageOf(kept.find(nameOf(103)))).toBe(3);
  });

  it("X38 are bounded also where sessions go on with those that were saved first: these stay, and others make room", async () => {
    const live = [0, 1, 2].map(lineage => toHex(bytes(lineage)));
    const { kept } = stored(undefined, 1, lineage => live.includes(lineage));
    for (let lineage = 0; lineage < lineagesPerPeer + 5; lineage++) {
      time.wall++;
      await kept.save({ ...state(lineage, [lineage + 100]), at: time.now() });
    }
    const states = await kept.withPeer(bytes(0x33));
    for (const one of states) disposeState(one);
    const last = Array.from({ length: lineagesPerPeer - 3 }, (_, i) => lineagesPerPeer + 4 - i);
    expect(states.map(({ lineage }) => lineage[0])).toEqual([...last, 2, 1, 0]);
  });

  it("take over the secrets that they save", async () => {
    const { kept } = stored();
    const one = state(1, [10]);
    await kept.save(one);
    expect(one.secrets[0]!.disposed).toBe(true);
  });

  it("S2 a name that leads to a lineage which has moved on is as good as unknown", async () => {
    const { kept, store } = stored();
    await kept.save(state(1, [10]));
    const old = (await store.get(`resumption/${toHex(nameOf(10))}`))!;
    await kept.save(state(1, [12, 11]));
    const name = `resumption/${toHex(nameOf(10))}`;
    await store.write([{ kind: "put", name, expected: undefined, bytes: old.bytes }]);
    expect(await lineageOf(kept.find(nameOf(10)))).toBeUndefined();
  });

  it("are saved over what cannot be read, though a name leads to it", async () => {
    const { kept, store, errors } = stored();
    await kept.save(state(1, [10]));
    const name = `lineage/${"33".repeat(32)}/${"01".repeat(32)}`;
    const { version: expected } = (await store.get(name))!;
    await store.write([{ kind: "put", name, expected, bytes: new Uint8Array(99) }]);
    await kept.save(state(1, [10]));
    expect(errors).toMatchObject([{ code: "snapshot-invalid" }]);
    expect(await lineageOf(kept.find(nameOf(10)))).toBe(1);
  });

  it("of another identity cannot be opened: told, and as good as not there", async () => {
    const { kept, store } = stored();
    await kept.save(state(1, [10]));
    const stranger = stored(store, 2);
    expect(await lineageOf(stranger.kept.find(nameOf(10)))).toBeUndefined();
    expect(await stranger.kept.withPeer(bytes(0x33))).toEqual([]);
    expect(stranger.errors).toMatchObject([{ code: "snapshot-invalid" }, { code: "snapshot-invalid" }]);
  });

  it("of one lineage are written one after another, also where one fails", async () => {
    const store = new MemoryStore({ now: () => time.wall });
    const { kept } = stored(store);
    let fail = true;
    const write = store.write.bind(store);
    store.write = (...args) => {
      if (!fail) return write(...args);
      fail = false;
      return Promise.reject(new Error("once"));
    };
    const results = await Promise.allSettled([kept.save(state(1, [10])), kept.save(state(1, [11, 10]))]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await lineageOf(kept.find(nameOf(11)))).toBe(1);
  });
});
