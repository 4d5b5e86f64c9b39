import fc from "fast-check";
import type { RandomSource } from "../../../src/bytes/index.js";

/** The seed of all properties here, so that a failure repeats. */
export const fixed = { seed: 0x626f776c } as const;

/** `length` random bytes. */
export const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

/** Up to `maxLength` random bytes. */
export const bytesUpTo = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ maxLength, size: "max" });

/** A source that gives `bytes`, once, and refuses to give another number. */
export function sourceOf(bytes: Uint8Array): RandomSource {
  return length => {
    if (length !== bytes.length) throw new Error(`${length} bytes drawn, ${bytes.length} expected`);
    return Uint8Array.from(bytes);
  };
}

/** A copy of `bytes` with bit `bit` (counted round) flipped. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = bit % (8 * copy.length);
  copy[index >> 3]! ^= 1 << (index & 7);
  return copy;
}
