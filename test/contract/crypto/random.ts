import { describe, expect, it } from "vitest";
import { toHex, type RandomSource } from "../../../src/bytes/index.js";

/** What the randomness of every provider must do. */
export function describeRandom(random: RandomSource): void {
  describe("random", () => {
    it("gives exactly as many bytes as asked for, also beyond 65,536", () => {
      for (const length of [0, 1, 32, 65_535, 65_536, 65_537, 200_000]) {
        const bytes = random(length);
        expect(bytes).toHaveLength(length);
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        // Every stretch of 64 bytes holds one that is not zero: each was filled.
        for (let i = 0; i + 64 <= length; i += 64) {
          if (bytes.subarray(i, i + 64).every(byte => byte === 0))
            expect.fail(`zeros from ${i} of ${length}`);
        }
      }
    });

    it("gives an array of its own each time, never the same bytes", () => {
      const [first, second] = [random(32), random(32)];
      expect(first).not.toEqual(second);
      expect(first.buffer).not.toBe(second.buffer);
      expect(first.buffer.byteLength).toBe(32);
    });

    it("gives no bytes again, whatever lengths are asked for one after another", () => {
      const seen = new Set<string>();
      const draws = Array.from({ length: 3_000 }, (_, i) => random(12 + (i % 70)));
      for (const bytes of draws) seen.add(toHex(bytes.subarray(0, 12))).add(toHex(bytes.subarray(-12)));
      const lengthsOf12 = draws.filter(({ length }) => length === 12).length;
      expect(seen.size).toBe(2 * draws.length - lengthsOf12);
    });
  });
}
