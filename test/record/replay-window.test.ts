import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replayWindowWidth } from "../../src/record/index.js";
import { ReplayWindow } from "../../src/record/replay-window.js";
import { seed } from "./support.js";

const halves = (counter: bigint) => [Number(counter >> 32n), Number(counter & 0xffff_ffffn)] as const;
const top = 2n ** 64n - 2n;

/** What the window must do, said with a set. */
class Model {
  readonly #opened = new Set<bigint>();
  readonly #firstCounter: bigint;
  #highest: bigint;
  constructor(firstCounter: bigint) {
    this.#firstCounter = firstCounter;
    this.#highest = firstCounter - 1n;
  }
  check(counter: bigint): string {
    if (this.#highest - counter >= BigInt(replayWindowWidth)) return "record-out-of-window";
    return counter < this.#firstCounter || this.#opened.has(counter) ? "record-replayed" : "fresh";
  }
  mark(counter: bigint): void {
    this.#opened.add(counter);
    if (counter > this.#highest) this.#highest = counter;
  }
  get highest(): bigint {
    return this.#highest;
  }
}

function sequence(window: ReplayWindow, counters: Iterable<bigint>): void {
  for (const counter of counters) {
    const verdict = window.check(...halves(counter));
    if (verdict !== "fresh") throw new Error(`${counter}: ${verdict}`);
    window.mark(...halves(counter));
  }
}

function* range(first: bigint, last: bigint): Generator<bigint> {
  for (let counter = first; counter <= last; counter++) yield counter;
}

describe("ReplayWindow", () => {
  it("fault 4: is at least 8128 wide, to the counter", () => {
    expect(replayWindowWidth).toBeGreaterThanOrEqual(8128);
    for (const highest of [20_000n, 20_001n, 20_031n, 2n ** 32n + 3n, 2n ** 53n + 1n, top]) {
      const window = new ReplayWindow(1n);
      window.mark(...halves(highest));
      const oldest = highest - BigInt(replayWindowWidth) + 1n;
      expect(window.check(...halves(oldest))).toBe("fresh");
      expect(window.check(...halves(oldest - 1n))).toBe("record-out-of-window");
      window.mark(...halves(oldest));
      expect(window.check(...halves(oldest))).toBe("record-replayed");
      expect(window.check(...halves(highest))).toBe("record-replayed");
    }
  });

  const firstCounters = [1n, 20n, 2n ** 32n - 40n, 2n ** 53n - 40n, 2n ** 63n - 40n, top - 30_000n];
  const steps = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 4, arbitrary: fc.integer({ min: -100, max: 100 }) },
    { weight: 2, arbitrary: fc.integer({ min: -9000, max: 900 }) },
    { weight: 1, arbitrary: fc.integer({ min: -9000, max: 9000 }) },
  );

  it.each(firstCounters)("R13 R16 agrees with a set of counters, from %s", firstCounter => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 400, size: "max" }), offsets => {
        const window = new ReplayWindow(firstCounter);
        const model = new Model(firstCounter);
        for (const offset of offsets) {
          const counter = model.highest + BigInt(offset);
          if (counter < 1n || counter > top) continue;
          const verdict = window.check(...halves(counter));
          const expected = model.check(counter);
          if (verdict !== expected) throw new Error(`${counter}: ${verdict}, not ${expected}`);
          if (verdict === "fresh") {
            window.mark(...halves(counter));
            model.mark(counter);
          }
          if (window.highest !== model.highest) throw new Error(`${counter}: highest is ${window.highest}`);
        }
      }),
      { seed, numRuns: 300 },
    );
  });

  it("takes no memory while nothing is missing, little while little is, 1 KiB at most", () => {
    const window = new ReplayWindow(1n);
    sequence(window, range(1n, 30_000n));
    expect(window.ringLength).toBe(0);
    expect(window.check(...halves(29_999n))).toBe("record-replayed");

    sequence(window, [30_002n, 30_001n]);
    for (let counter = 30_003n; counter < 60_000n; counter += 8n) {
      sequence(window, [...range(counter + 1n, counter + 7n), counter]);
    }
    expect(window.ringLength).toBe(32);
    expect(window.check(...halves(30_001n))).toBe("record-out-of-window");
    expect(window.check(...halves(59_000n))).toBe("record-replayed");

    const missing = window.highest + 1n;
    sequence(window, range(missing + 1n, missing + 1000n));
    expect(window.ringLength).toBeLessThanOrEqual(256);
    expect(window.check(...halves(missing))).toBe("fresh");
    expect(window.check(...halves(missing - 1n))).toBe("record-replayed");
    sequence(window, range(missing + 1001n, missing + 20_000n));
    expect(window.ringLength).toBe(1024);
    expect(window.check(...halves(missing))).toBe("record-out-of-window");
  });

  it("a check changes nothing", () => {
    const window = new ReplayWindow(1n);
    for (const counter of [1n, 100n, top]) expect(window.check(...halves(counter))).toBe("fresh");
    expect([window.highest, window.ringLength]).toEqual([0n, 0]);
  });
});
