import { describe, expect, it } from "vitest";
import {
  exploreStores,
  StoreCounterexample,
  type StoreExploration,
} from "../../explorer/stores/explore-stores.js";

/** Everything that one fault can do to two processes; the depth is where nothing more can happen, or where it says so. */
const oneFault = { processes: 2, depth: 99, faults: 1, crashes: 0, restarts: 0 };
const troubled = { processes: 2, faults: 1, crashes: 1, restarts: 1 };

/** Small depths; `npm run -s explore -- --what stores` goes further. What is checked in each state: explorer/stores/store-checks. */
describe("every order of what two processes do to one store, with failed, lost and late writes, crashes and restarts", () => {
  it.each<[StoreExploration, number]>([
    [{ program: "everything", ...troubled, depth: 8 }, 3_000],
    [{ program: "leases", ...troubled, depth: 7 }, 3_000],
    [{ program: "groups", ...oneFault }, 3_000],
    [{ program: "claims", ...troubled, depth: 99 }, 2_000],
  ])("S3 S4 S5 holds: %o", async (exploration, atLeast) => {
    const { states } = await exploreStores(exploration);
    expect(states).toBeGreaterThan(atLeast);
  });

  it("S3 S5 three processes", async () => {
    const { states } = await exploreStores({ program: "everything", ...troubled, processes: 3, depth: 5 });
    expect(states).toBeGreaterThan(1_000);
  });

  it.each<[StoreExploration, string]>([
    [
      { program: "everything", ...oneFault, plant: "fence-not-required" },
      "is written under fence 1, when 2 has been opened",
    ],
    [{ program: "everything", ...oneFault, plant: "lease-before-durable" }, "is handed out twice"],
    [
      { program: "claims", ...oneFault, plant: "claim-unconditional" },
      "two believe that the claim is theirs",
    ],
    [{ program: "everything", ...oneFault, plant: "owner-not-told-apart" }, "two hold fence 1"],
    [{ program: "groups", ...oneFault, plant: "lost-is-written" }, "is held, and is not stored"],
  ])("finds what is planted: %o", async (exploration, what) => {
    const found = await exploreStores(exploration).catch((error: unknown) => error);
    expect(found).toBeInstanceOf(StoreCounterexample);
    expect((found as Error).message).toContain(what);
    expect((found as Error).message).toContain("after: a get ");
  });
});
