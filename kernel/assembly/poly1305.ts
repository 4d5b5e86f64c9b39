// Poly1305 (RFC 8439, section 2.5) in limbs of 32 bits, each in a word of 64. After a block h0 is below 2^34 and the others below 2^32: then
// no sum of products reaches 2^64, and the carry of h0 can wait for the next block. r1, r2 and r3 are multiples of 4, so that
// 2^130 = 5 (mod p) makes s = 5/4 r of what is multiplied past 2^128.
import { hOffset, onceOffset, poly, polySize, rOffset } from "./layout";

/** Takes the one-time key at `key` (32 bytes); nothing has been absorbed then. */
export function begin(key: usize): void {
  for (let i: usize = 0; i < 48; i += 16) v128.store(poly + hOffset + i, i64x2.splat(0));
  v128.store(
    poly + rOffset,
    v128.and(v128.load(key), i32x4(0x0fff_ffff, 0x0fff_fffc, 0x0fff_fffc, 0x0fff_fffc)),
  );
  v128.store(poly + onceOffset, v128.load(key, 16));
}

/** Absorbs `blocks` blocks of 16 bytes at `input`. */
export function absorb(input: usize, blocks: u32): void {
  let h0 = load<u64>(poly, hOffset);
  let h1 = load<u64>(poly, hOffset + 8);
  let h2 = load<u64>(poly, hOffset + 16);
  let h3 = load<u64>(poly, hOffset + 24);
  let h4 = load<u64>(poly, hOffset + 32);
  const r0 = u64(load<u32>(poly, rOffset));
  const r1 = u64(load<u32>(poly, rOffset + 4));
  const r2 = u64(load<u32>(poly, rOffset + 8));
  const r3 = u64(load<u32>(poly, rOffset + 12));
  const s1 = r1 + (r1 >> 2);
  const s2 = r2 + (r2 >> 2);
  const s3 = r3 + (r3 >> 2);
  for (; blocks > 0; blocks--, input += 16) {
    h0 += u64(load<u32>(input));
    h1 += u64(load<u32>(input, 4));
    h2 += u64(load<u32>(input, 8));
    h3 += u64(load<u32>(input, 12));
    h4 += 1;
    const d0 = h0 * r0 + h1 * s3 + h2 * s2 + h3 * s1;
    const d1 = h0 * r1 + h1 * r0 + h2 * s3 + h3 * s2 + h4 * s1 + (d0 >> 32);
    const d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s3 + h4 * s2 + (d1 >> 32);
    const d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s3 + (d2 >> 32);
    const d4 = h4 * r0 + (d3 >> 32);
    h0 = (d0 & 0xffff_ffff) + (d4 >> 2) + (d4 & ~3);
    h1 = d1 & 0xffff_ffff;
    h2 = d2 & 0xffff_ffff;
    h3 = d3 & 0xffff_ffff;
    h4 = d4 & 3;
  }
  store<u64>(poly, h0, hOffset);
  store<u64>(poly, h1, hOffset + 8);
  store<u64>(poly, h2, hOffset + 16);
  store<u64>(poly, h3, hOffset + 24);
  store<u64>(poly, h4, hOffset + 32);
}

/** Absorbs `length` bytes at `input`, filled up with zeros to whole blocks: the 16 bytes after them are overwritten. */
export function absorbPadded(input: usize, length: u32): void {
  if (length === 0) return;
  v128.store(input + length, i64x2.splat(0));
  absorb(input, (length + 15) >> 4);
}

/**
 * Absorbs the last `length` bytes of a text at `input`, filled up with zeros to whole blocks, and the two lengths, in bytes, which stand at the
 * end: up to 31 bytes after them are overwritten.
 */
export function absorbLast(input: usize, length: u32, associatedDataLength: u32, textLength: u32): void {
  const padded = (length + 15) & ~15;
  v128.store(input + length, i64x2.splat(0));
  v128.store(input + padded, i64x2.splat(0));
  store<u32>(input + padded, associatedDataLength);
  store<u32>(input + padded, textLength, 8);
  absorb(input, (padded >> 4) + 1);
}

/** Writes the tag, 16 bytes, to `output`, and erases key and accumulator. */
export function finish(output: usize): void {
  let h0 = load<u64>(poly, hOffset);
  let h1 = load<u64>(poly, hOffset + 8) + (h0 >> 32);
  let h2 = load<u64>(poly, hOffset + 16) + (h1 >> 32);
  let h3 = load<u64>(poly, hOffset + 24) + (h2 >> 32);
  let h4 = load<u64>(poly, hOffset + 32) + (h3 >> 32);
  h0 = (h0 & 0xffff_ffff) + (h4 >> 2) * 5;
  h1 = (h1 & 0xffff_ffff) + (h0 >> 32);
  h2 = (h2 & 0xffff_ffff) + (h1 >> 32);
  h3 = (h3 & 0xffff_ffff) + (h2 >> 32);
  h4 = (h4 & 3) + (h3 >> 32);

  // Below 2 p now. Where h + 5 reaches 2^130, h - p is h + 5 but for that bit: only the low 128 bits are needed.
  let carry = ((h0 & 0xffff_ffff) + 5) >> 32;
  carry = ((h1 & 0xffff_ffff) + carry) >> 32;
  carry = ((h2 & 0xffff_ffff) + carry) >> 32;
  carry = ((h3 & 0xffff_ffff) + carry) >> 32;
  const over = (h4 + carry) >> 2;

  h0 = (h0 & 0xffff_ffff) + over * 5 + u64(load<u32>(poly, onceOffset));
  h1 = (h1 & 0xffff_ffff) + u64(load<u32>(poly, onceOffset + 4)) + (h0 >> 32);
  h2 = (h2 & 0xffff_ffff) + u64(load<u32>(poly, onceOffset + 8)) + (h1 >> 32);
  h3 = (h3 & 0xffff_ffff) + u64(load<u32>(poly, onceOffset + 12)) + (h2 >> 32);
  store<u32>(output, u32(h0));
  store<u32>(output, u32(h1), 4);
  store<u32>(output, u32(h2), 8);
  store<u32>(output, u32(h3), 12);
  for (let i: usize = 0; i < polySize; i += 16) v128.store(poly + i, i64x2.splat(0));
}
