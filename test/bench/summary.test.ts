import { describe, expect, it } from "vitest";
import { exitStatus, summary } from "../../bench/summary.mjs";

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

describe("the exit status", () => {
  const [held, missed, free, skipped, failed] = [
    { pass: true },
    { pass: false },
    { pass: null },
    {},
    { failed: "ended with 1" },
  ];

  it("is 1 at a missed bar only where the run is a guard", () => {
    expect(exitStatus([held, missed], true)).toBe(1);
    expect(exitStatus([held, missed], false)).toBe(0);
    expect(exitStatus([held, free, skipped], true)).toBe(0);
  });

  it("is 1 where a row could not be measured", () => {
    expect(exitStatus([held, failed], false)).toBe(1);
    expect(exitStatus([held, failed], true)).toBe(1);
  });
});
