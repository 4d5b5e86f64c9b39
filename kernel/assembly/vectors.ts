// What ChaCha20 needs of vectors of four words. A rotation by whole bytes is one instruction as a swizzle, three as two shifts.

// @ts-ignore: decorator
@inline
export function rotate16(v: v128): v128 {
  return v128.swizzle(v, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}

// @ts-ignore: decorator
@inline
export function rotate12(v: v128): v128 {
  return v128.or(i32x4.shl(v, 12), i32x4.shr_u(v, 20));
}

// @ts-ignore: decorator
@inline
export function rotate8(v: v128): v128 {
  return v128.swizzle(v, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
}

// @ts-ignore: decorator
@inline
export function rotate7(v: v128): v128 {
  return v128.or(i32x4.shl(v, 7), i32x4.shr_u(v, 25));
}

/** Writes four words of each of four blocks, 64 bytes apart. */
// @ts-ignore: decorator
@inline
export function storeWords(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cdLow = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(at, v128.shuffle<u64>(abLow, cdLow, 0, 2));
  v128.store(at, v128.shuffle<u64>(abLow, cdLow, 1, 3), 64);
  v128.store(at, v128.shuffle<u64>(abHigh, cdHigh, 0, 2), 128);
  v128.store(at, v128.shuffle<u64>(abHigh, cdHigh, 1, 3), 192);
}
