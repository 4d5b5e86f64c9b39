import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock, FaultyStore, storeContract, type StoreFault } from "../../src/testing/index.js";

const bytes = Uint8Array.of(1);
const put = (name: string) => ({ kind: "put", name, expected: undefined, bytes }) as const;

describe("store contract: a faulty store without a plan", () => {
  const fixture = { open: (now: () => number) => Promise.resolve(new FaultyStore(new MemoryStore({ now }))) };
  for (const { name, run } of storeContract(fixture)) it(name, run);
});

describe("faulty store", () => {
  it.each<[StoreFault, ErrorCode, boolean]>([
    ["fail", "store-failed", false],
    ["lose-answer", "store-failed", true],
    ["full", "store-full", false],
    ["read-only", "store-read-only", false],
    ["locked", "store-locked", false],
  ])("%s: the write is rejected with %s, written: %s", async (fault, code, written) => {
    const inside = new MemoryStore();
    const store = new FaultyStore(inside, { plan: number => (number === 1 ? fault : undefined) });
    await store.write([put("first")]);
    await expect(store.write([put("second")])).rejects.toMatchObject({ code });
    expect((await inside.get("second")) !== undefined).toBe(written);
    await store.write([put("third")]);
    expect(store.writes).toBe(3);
  });

  it("delay: the write takes place when the time has passed; time-out: also, and it was rejected before", async () => {
    const clock = new FakeClock();
    const faults: StoreFault[] = ["delay", "time-out"];
    const store = new FaultyStore(new MemoryStore(), { plan: number => faults[number], delay: 50, clock });
    const late = store.write([put("late")]);
    await expect(store.write([put("later")])).rejects.toMatchObject({ code: "store-timeout" });
    clock.advance(49);
    for (const name of ["late", "later"]) expect(await store.get(name)).toBeUndefined();
    clock.advance(1);
    expect(await late).toHaveLength(1);
    expect(await store.get("later")).toBeDefined();
  });

  it("does as its plan says from when it was given, by what is written as well", async () => {
    const store = new FaultyStore(new MemoryStore());
    await store.write([put("a")]);
    store.plan = (_, [first]) => (first?.name === "b" ? "full" : undefined);
    await store.write([put("c")]);
    await expect(store.write([put("b")])).rejects.toMatchObject({ code: "store-full" });
    store.plan = undefined;
    await store.write([put("b")]);
  });
});
