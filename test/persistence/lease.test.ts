import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Writer } from "../../src/bytes/index.js";
import { CounterLease, openFence, sealedName, type LeaseOptions } from "../../src/persistence/index.js";
import type { StoredValue } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FatedStore, seal, type Fate } from "./seals.js";

const name = "lease/peer";

async function open(store: MemoryStore, options: LeaseOptions = {}): Promise<CounterLease> {
  return CounterLease.open(await openFence(store, seal, "fence/peer"), store, seal, name, options);
}

async function takeMany(lease: CounterLease, count: number): Promise<bigint[]> {
  const taken: bigint[] = [];
  for (let i = 0; i < count; i++) taken.push(await lease.take());
  return taken;
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe("CounterLease", () => {
  it("counts from 1, one write a block", async () => {
    const store = new FatedStore();
    const lease = await open(store, { block: 10, prefetch: 0 });
    expect(await takeMany(lease, 30)).toEqual(Array.from({ length: 30 }, (_, i) => BigInt(i + 1)));
    await settled();
    // The fence, three blocks, and the one fetched with the last counter of the third.
    expect(store.written).toHaveLength(5);
  });

  it("fetches the next block before the present one runs out", async () => {
    const lease = await open(new MemoryStore(), { block: 4, prefetch: 2 });
    for (let i = 1n; i <= 50n; i++) {
      expect(lease.tryTake()).toBe(i);
      await settled();
    }
  });

  it("says when there is none now, and gives the next one later", async () => {
    const lease = await open(new MemoryStore(), { block: 2, prefetch: 0 });
    expect([lease.tryTake(), lease.tryTake(), lease.tryTake()]).toEqual([1n, 2n, undefined]);
    await settled();
    expect(lease.tryTake()).toBe(3n);
  });

  it("S5 what a crash leaves of a block is never given again", async () => {
    const store = new MemoryStore();
    expect(await takeMany(await open(store, { block: 8, prefetch: 3 }), 3)).toEqual([1n, 2n, 3n]);
    expect(await (await open(store, { block: 8, prefetch: 3 })).take()).toBe(9n);
  });

  it("S3 a holder who is overtaken gets no further block, and stops where it knows", async () => {
    const store = new MemoryStore();
    const older = await open(store, { block: 4, prefetch: 1 });
    const newer = await open(store, { block: 4, prefetch: 1 });
    const given = [older.tryTake(), older.tryTake(), older.tryTake()];
    await settled();
    expect(() => older.tryTake()).toThrow(expect.objectContaining({ code: "store-fenced" }));
    await expect(older.take()).rejects.toMatchObject({ code: "store-fenced" });
    expect(given.concat(await takeMany(newer, 3))).toEqual([1n, 2n, 3n, 5n, 6n, 7n]);
  });

  it("tells those who wait that a block could not be had, and tries again when asked", async () => {
    const store = new FatedStore();
    const lease = await open(store, { block: 1, prefetch: 0 });
    store.fates.push("fails");
    expect(lease.tryTake()).toBe(1n);
    await settled();
    store.fates.push("fails");
    await expect(lease.take()).rejects.toMatchObject({ code: "store-failed" });
    expect(await lease.take()).toBe(2n);
  });

  it("a block whose answer was lost is nobody's", async () => {
    const store = new FatedStore();
    const lease = await open(store, { block: 2, prefetch: 0 });
    store.fates.push("lost", "late");
    expect([lease.tryTake(), lease.tryTake()]).toEqual([1n, 2n]);
    await settled();
    await expect(lease.take()).rejects.toMatchObject({ code: "store-failed" });
    await store.land();
    expect(await takeMany(lease, 2)).toEqual([7n, 8n]);
  });

  it("goes on past an earlier write of its own that takes place in between", async () => {
    class LandsAfterReading extends FatedStore {
      override async get(stored: string): Promise<StoredValue | undefined> {
        const value = await super.get(stored);
        if (stored === name) await this.land();
        return value;
      }
    }
    const store = new LandsAfterReading();
    const lease = await open(store, { block: 1, prefetch: 0 });
    store.fates.push("late");
    expect(lease.tryTake()).toBe(1n);
    await settled();
    expect(await lease.take()).toBe(3n);
  });

  it("R13 ends before 2^64", async () => {
    const store = new MemoryStore();
    const bytes = seal.seal(sealedName(name, 1), new Writer().u64(2n ** 64n - 4n).finish());
    await store.write([{ kind: "put", name, expected: undefined, bytes }]);
    const lease = await open(store, { block: 2, prefetch: 1 });
    expect(await takeMany(lease, 3)).toEqual([2n ** 64n - 4n, 2n ** 64n - 3n, 2n ** 64n - 2n]);
    await expect(lease.take()).rejects.toMatchObject({ code: "nonce-exhausted" });
    expect(() => lease.tryTake()).toThrow(expect.objectContaining({ code: "nonce-exhausted" }));
    await expect(open(store)).rejects.toMatchObject({ code: "nonce-exhausted" });
  });

  it("refuses sizes that make no sense", async () => {
    for (const options of [
      { block: 0 },
      { block: 1.5 },
      { block: 4, prefetch: 4 },
      { block: 4, prefetch: -1 },
    ])
      await expect(open(new MemoryStore(), options)).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it("S3 S5 no counter is given twice, whatever holders, crashes and lost answers there are", async () => {
    const step = fc.record({
      holder: fc.integer({ min: 0, max: 2 }),
      what: fc.constantFrom("take", "take", "take", "tryTake", "open", "land"),
      fate: fc.constantFrom<Fate>("ok", "ok", "fails", "lost", "late"),
      block: fc.integer({ min: 1, max: 4 }),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async steps => {
        const store = new FatedStore();
        const holders: (CounterLease | undefined)[] = [];
        const given: bigint[] = [];
        const under: Promise<unknown>[] = [];
        const add = (promise: Promise<unknown>): unknown => under.push(promise.catch(() => undefined));
        for (const { holder, what, fate, block, wait } of steps) {
          store.fates.splice(0, 1, fate);
          const lease = holders[holder];
          if (what === "land") await store.land();
          else if (lease === undefined || what === "open")
            add(open(store, { block, prefetch: block - 1 }).then(opened => (holders[holder] = opened)));
          else if (what === "take") add(lease.take().then(counter => given.push(counter)));
          else
            add(
              Promise.resolve().then(() => {
                const counter = lease.tryTake();
                if (counter !== undefined) given.push(counter);
              }),
            );
          if (wait) await settled();
        }
        await Promise.allSettled(under);
        expect(new Set(given).size).toBe(given.length);
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
