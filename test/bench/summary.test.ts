import { describe, expect, it } from "vitest";
import { summary } from "../../bench/summary.mjs";

const name = "a row";

describe("the summary of a row", () => {
  it("has the medians of both sides, the median of the rounds' ratios, and how far those spread", () => {
    const pairs = [
      [10, 10],
      [40, 10],
      [60, 30],
      [90, 30],
      [30, 20],
    ] as const;
    expect(summary({ name }, pairs)).toMatchObject({
      ours: 40,
      peer: 20,
      ratio: 2,
      spread: [1, 4],
      pass: null,
    });
  });

  it.each([
    { most: false, ratio: 3, pass: true },
    { most: false, ratio: 2.99, pass: false },
    { most: true, ratio: 3, pass: true },
    { most: true, ratio: 3.01, pass: false },
  ])("of $ratio passes: $pass, where the bar is 3 (at most: $most)", ({ most, ratio, pass }) => {
    expect(summary({ name, bar: { value: 3, most } }, [[ratio, 1]]).pass).toBe(pass);
  });
});
