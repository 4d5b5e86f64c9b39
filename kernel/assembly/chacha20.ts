// ChaCha20 (RFC 8439, section 2.4), four blocks at a time: each vector holds one word of the state for all four. Poly1305 is scalar, and
// runs within the rounds: the processor does both at once, so that what is absorbed there costs next to nothing.
import { hOffset, poly, rOffset } from "./layout";
import { rotate12, rotate16, rotate7, rotate8, storeKeyStream } from "./vectors";

/**
 * Writes the key stream of the blocks `counter` to `counter + 3` to `keyStream`, 256 bytes. Poly1305 absorbs `blocks` blocks of 16 bytes
 * at `input` on the way: an even number, at most 20.
 */
export function keyStreamAndAbsorb(
  key: usize,
  counter: u32,
  nonce0: u32,
  nonce1: u32,
  nonce2: u32,
  input: usize,
  blocks: i32,
): void {
  const counters = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  let x0 = i32x4.splat(0x6170_7865);
  let x1 = i32x4.splat(0x3320_646e);
  let x2 = i32x4.splat(0x7962_2d32);
  let x3 = i32x4.splat(0x6b20_6574);
  let x4 = v128.load_splat<u32>(key, 0);
  let x5 = v128.load_splat<u32>(key, 4);
  let x6 = v128.load_splat<u32>(key, 8);
  let x7 = v128.load_splat<u32>(key, 12);
  let x8 = v128.load_splat<u32>(key, 16);
  let x9 = v128.load_splat<u32>(key, 20);
  let x10 = v128.load_splat<u32>(key, 24);
  let x11 = v128.load_splat<u32>(key, 28);
  let x12 = counters;
  let x13 = i32x4.splat(nonce0);
  let x14 = i32x4.splat(nonce1);
  let x15 = i32x4.splat(nonce2);

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

  for (let i = 0; i < 10; i++) {
    x0 = i32x4.add(x0, x4);
    x1 = i32x4.add(x1, x5);
    x2 = i32x4.add(x2, x6);
    x3 = i32x4.add(x3, x7);
    x12 = rotate16(v128.xor(x12, x0));
    x13 = rotate16(v128.xor(x13, x1));
    x14 = rotate16(v128.xor(x14, x2));
    x15 = rotate16(v128.xor(x15, x3));
    x8 = i32x4.add(x8, x12);
    x9 = i32x4.add(x9, x13);
    x10 = i32x4.add(x10, x14);
    x11 = i32x4.add(x11, x15);
    x4 = rotate12(v128.xor(x4, x8));
    x5 = rotate12(v128.xor(x5, x9));
    x6 = rotate12(v128.xor(x6, x10));
    x7 = rotate12(v128.xor(x7, x11));
    x0 = i32x4.add(x0, x4);
    x1 = i32x4.add(x1, x5);
    x2 = i32x4.add(x2, x6);
    x3 = i32x4.add(x3, x7);
    x12 = rotate8(v128.xor(x12, x0));
    x13 = rotate8(v128.xor(x13, x1));
    x14 = rotate8(v128.xor(x14, x2));
    x15 = rotate8(v128.xor(x15, x3));
    x8 = i32x4.add(x8, x12);
    x9 = i32x4.add(x9, x13);
    x10 = i32x4.add(x10, x14);
    x11 = i32x4.add(x11, x15);
    x4 = rotate7(v128.xor(x4, x8));
    x5 = rotate7(v128.xor(x5, x9));
    x6 = rotate7(v128.xor(x6, x10));
    x7 = rotate7(v128.xor(x7, x11));

    if (blocks > 0) {
      {
        h0 += u64(load<u32>(input, 0));
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
      {
        h0 += u64(load<u32>(input, 16));
        h1 += u64(load<u32>(input, 20));
        h2 += u64(load<u32>(input, 24));
        h3 += u64(load<u32>(input, 28));
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
      input += 32;
      blocks -= 2;
    }

    x0 = i32x4.add(x0, x5);
    x1 = i32x4.add(x1, x6);
    x2 = i32x4.add(x2, x7);
    x3 = i32x4.add(x3, x4);
    x15 = rotate16(v128.xor(x15, x0));
    x12 = rotate16(v128.xor(x12, x1));
    x13 = rotate16(v128.xor(x13, x2));
    x14 = rotate16(v128.xor(x14, x3));
    x10 = i32x4.add(x10, x15);
    x11 = i32x4.add(x11, x12);
    x8 = i32x4.add(x8, x13);
    x9 = i32x4.add(x9, x14);
    x5 = rotate12(v128.xor(x5, x10));
    x6 = rotate12(v128.xor(x6, x11));
    x7 = rotate12(v128.xor(x7, x8));
    x4 = rotate12(v128.xor(x4, x9));
    x0 = i32x4.add(x0, x5);
    x1 = i32x4.add(x1, x6);
    x2 = i32x4.add(x2, x7);
    x3 = i32x4.add(x3, x4);
    x15 = rotate8(v128.xor(x15, x0));
    x12 = rotate8(v128.xor(x12, x1));
    x13 = rotate8(v128.xor(x13, x2));
    x14 = rotate8(v128.xor(x14, x3));
    x10 = i32x4.add(x10, x15);
    x11 = i32x4.add(x11, x12);
    x8 = i32x4.add(x8, x13);
    x9 = i32x4.add(x9, x14);
    x5 = rotate7(v128.xor(x5, x10));
    x6 = rotate7(v128.xor(x6, x11));
    x7 = rotate7(v128.xor(x7, x8));
    x4 = rotate7(v128.xor(x4, x9));
  }

  storeKeyStream(
    key,
    counters,
    nonce0,
    nonce1,
    nonce2,
    x0,
    x1,
    x2,
    x3,
    x4,
    x5,
    x6,
    x7,
    x8,
    x9,
    x10,
    x11,
    x12,
    x13,
    x14,
    x15,
  );

  store<u64>(poly, h0, hOffset);
  store<u64>(poly, h1, hOffset + 8);
  store<u64>(poly, h2, hOffset + 16);
  store<u64>(poly, h3, hOffset + 24);
  store<u64>(poly, h4, hOffset + 32);
}

/** XORs the text at `text`, of `length` bytes, with the key stream at `from`; 16 bytes at a time, so up to 15 bytes after it change. */
export function xorKeyStream(text: usize, from: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 16) {
    v128.store(text + at, v128.xor(v128.load(text + at), v128.load(from + at)));
  }
}
