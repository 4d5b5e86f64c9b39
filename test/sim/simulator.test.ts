import { describe, expect, it } from "vitest";
import { World } from "../../sim/world.js";

describe("the simulator", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "finds nothing in an hour of seed %i",
    async seed => {
      const report = await new World(seed, 1).run();
      expect(report.failure).toBeUndefined();
      expect(report.messages).toBeGreaterThan(1_000);
      expect(report.seals).toBeGreaterThan(report.messages / 2);
      expect(report.established).toBeGreaterThan(0);
    },
    120_000,
  );

  it("does the same for the same seed, and something else for another", async () => {
    const [first, again, other] = [
      await new World(3, 0.3).run(),
      await new World(3, 0.3).run(),
      await new World(4, 0.3).run(),
    ];
    expect(again).toEqual(first);
    expect({ ...other, seed: 3 }).not.toEqual(first);
  }, 120_000);
});
