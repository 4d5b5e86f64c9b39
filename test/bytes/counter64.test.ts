import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Counter64, readU32LittleEndian, writeU32LittleEndian } from "../../src/bytes/index.js";

const last = 0xffff_ffff_ffff_ffffn;
const u64 = fc.bigInt({ min: 0n, max: last });
const halves = (value: bigint) => [Number(value >> 32n), Number(value & 0xffff_ffffn)] as const;

describe("Counter64", () => {
  it.each([0n, 2n ** 32n - 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, last - 1n])(
    "R13 steps from %s by one",
    from => {
      const counter = new Counter64(from);
      counter.increment();
      expect(counter.toBigInt()).toBe(from + 1n);
      expect(counter.isLast).toBe(from + 1n === last);
    },
  );

  it("R13 tells a neighbour from itself everywhere", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: last - 1n }), value => {
        const counter = new Counter64(value);
        expect(counter.distanceTo(...halves(value))).toBe(0);
        expect(counter.distanceTo(...halves(value + 1n))).toBe(1);
        expect(new Counter64(value + 1n).distanceTo(...halves(value))).toBe(-1);
      }),
      { seed: 20261124 },
    );
  });

  it("R13 knows which of two is ahead, and how far up to 2^53", () => {
    fc.assert(
      fc.property(u64, u64, (from, to) => {
        const distance = new Counter64(from).distanceTo(...halves(to));
        const exact = to - from;
        expect(Math.sign(distance)).toBe(Number(exact > 0n) - Number(exact < 0n));
        if (exact < 2n ** 53n && exact > -(2n ** 53n)) expect(BigInt(distance)).toBe(exact);
        else expect(Math.abs(distance)).toBeGreaterThanOrEqual(2 ** 53);
      }),
      { seed: 20261124 },
    );
  });

  it("moves to a value", () => {
    const counter = new Counter64(1n);
    counter.moveTo(0xffff_ffff, 0xffff_fffe);
    expect(counter.toBigInt()).toBe(last - 1n);
    expect([counter.high, counter.low]).toEqual([0xffff_ffff, 0xffff_fffe]);
  });
});

describe("little-endian numbers", () => {
  it("are read as they were written, and unsigned", () => {
    const bytes = new Uint8Array(6);
    writeU32LittleEndian(bytes, 1, 0xfedc_ba98);
    expect([...bytes]).toEqual([0, 0x98, 0xba, 0xdc, 0xfe, 0]);
    expect(readU32LittleEndian(bytes, 1)).toBe(0xfedc_ba98);
  });
});
