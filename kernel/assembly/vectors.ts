// What ChaCha20 needs of vectors of four words. A rotation by whole bytes is one instruction as a swizzle, three as two shifts.
import { keyStream } from "./layout";

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
function storeWords(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cdLow = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(at, v128.shuffle<u64>(abLow, cdLow, 0, 2));
  v128.store(at, v128.shuffle<u64>(abLow, cdLow, 1, 3), 64);
  v128.store(at, v128.shuffle<u64>(abHigh, cdHigh, 0, 2), 128);
  v128.store(at, v128.shuffle<u64>(abHigh, cdHigh, 1, 3), 192);
}

/** Adds the state before the rounds to that after them, and writes what comes out, four blocks, to `keyStream`. */
// @ts-ignore: decorator
@inline
export function storeKeyStream(
  key: usize,
  counters: v128,
  nonce0: u32,
  nonce1: u32,
  nonce2: u32,
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
  x4: v128,
  x5: v128,
  x6: v128,
  x7: v128,
  x8: v128,
  x9: v128,
  x10: v128,
  x11: v128,
  x12: v128,
  x13: v128,
  x14: v128,
  x15: v128,
): void {
  storeWords(
    keyStream,
    i32x4.add(x0, i32x4.splat(0x6170_7865)),
    i32x4.add(x1, i32x4.splat(0x3320_646e)),
    i32x4.add(x2, i32x4.splat(0x7962_2d32)),
    i32x4.add(x3, i32x4.splat(0x6b20_6574)),
  );
  storeWords(
    keyStream + 16,
    i32x4.add(x4, v128.load_splat<u32>(key, 0)),
    i32x4.add(x5, v128.load_splat<u32>(key, 4)),
    i32x4.add(x6, v128.load_splat<u32>(key, 8)),
    i32x4.add(x7, v128.load_splat<u32>(key, 12)),
  );
  storeWords(
    keyStream + 32,
    i32x4.add(x8, v128.load_splat<u32>(key, 16)),
    i32x4.add(x9, v128.load_splat<u32>(key, 20)),
    i32x4.add(x10, v128.load_splat<u32>(key, 24)),
    i32x4.add(x11, v128.load_splat<u32>(key, 28)),
  );
  storeWords(
    keyStream + 48,
    i32x4.add(x12, counters),
    i32x4.add(x13, i32x4.splat(nonce0)),
    i32x4.add(x14, i32x4.splat(nonce1)),
    i32x4.add(x15, i32x4.splat(nonce2)),
  );
}
