import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claim } from "../../src/persistence/index.js";
import { FatedStore, put, seal, type Fate } from "./seals.js";

const name = "claim/ticket";

function atTime(): { store: FatedStore; clock: { now: number } } {
  const clock = { now: 1_000 };
  return { clock, store: new FatedStore({ now: () => clock.now }) };
}

describe("claim", () => {
  it("is true once until it expires, and not at all afterwards", async () => {
    const { store, clock } = atTime();
    expect(await claim(store, seal, name, 2_000)).toBe(true);
    expect(await claim(store, seal, name, 2_000)).toBe(false);
    clock.now = 1_999;
    expect(await claim(store, seal, name, 2_000)).toBe(false);
    clock.now = 2_000;
    expect(await claim(store, seal, name, 2_000)).toBe(false);
    expect(await claim(store, seal, name, 2_000)).toBe(false);
  });

  it("of many at once one gets it", async () => {
    const { store } = atTime();
    const results = await Promise.all(Array.from({ length: 20 }, () => claim(store, seal, name, 2_000)));
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  it("is proved by the store where the answer was lost", async () => {
    const { store } = atTime();
    store.fates.push("lost");
    expect(await claim(store, seal, name, 2_000)).toBe(true);
    expect(await claim(store, seal, name, 2_000)).toBe(false);
  });

  it("is nobody's where it can't be proved", async () => {
    const { store } = atTime();
    store.fates.push("late");
    await expect(claim(store, seal, name, 2_000)).rejects.toMatchObject({ code: "store-failed" });
    await store.land();
    expect(await claim(store, seal, name, 2_000)).toBe(false);
  });

  it("refuses what somebody has put in its place", async () => {
    const { store } = atTime();
    await store.write([put(name, undefined, "x".repeat(64))]);
    await expect(claim(store, seal, name, 2_000)).rejects.toMatchObject({ code: "snapshot-invalid" });
  });

  it("at most one believes, whatever the writes meet and when time passes", async () => {
    const step = fc.record({
      fate: fc.constantFrom<Fate>("ok", "fails", "lost", "late"),
      together: fc.integer({ min: 1, max: 3 }),
      pass: fc.constantFrom(0, 0, 400),
      land: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async steps => {
        const { store, clock } = atTime();
        let claimed = 0;
        for (const { fate, together, pass, land } of steps) {
          store.fates.push(fate);
          const claims = Array.from({ length: together }, () => claim(store, seal, name, 2_000));
          for (const result of await Promise.allSettled(claims))
            if (result.status === "fulfilled" && result.value) claimed++;
          clock.now += pass;
          if (land) await store.land();
        }
        expect(claimed).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300, seed: 6 },
    );
  });
});
