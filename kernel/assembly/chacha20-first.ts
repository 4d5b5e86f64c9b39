// The first five blocks of ChaCha20 at once: block 0, of which the one-time key is made, and the four after it, so that a text of whole
// 256 bytes needs no pass for the one block more. The four are as in chacha20.ts; block 0 has a row of its state in each vector.
import { oneTimeKey } from "./layout";
import { rotate12, rotate16, rotate7, rotate8, storeKeyStream } from "./vectors";

/** Writes the first 32 bytes of block 0 to `oneTimeKey`, and the key stream of the blocks 1 to 4 to `keyStream`, 256 bytes. */
export function firstKeyStream(key: usize, nonce0: u32, nonce1: u32, nonce2: u32): void {
  const counters = i32x4(1, 2, 3, 4);
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

  let a = i32x4(0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574);
  let b = v128.load(key);
  let c = v128.load(key, 16);
  let d = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(0), 1, nonce0), 2, nonce1), 3, nonce2);

  for (let i = 0; i < 10; i++) {
    x0 = i32x4.add(x0, x4);
    x1 = i32x4.add(x1, x5);
    x2 = i32x4.add(x2, x6);
    x3 = i32x4.add(x3, x7);
    a = i32x4.add(a, b);
    x12 = rotate16(v128.xor(x12, x0));
    x13 = rotate16(v128.xor(x13, x1));
    x14 = rotate16(v128.xor(x14, x2));
    x15 = rotate16(v128.xor(x15, x3));
    d = rotate16(v128.xor(d, a));
    x8 = i32x4.add(x8, x12);
    x9 = i32x4.add(x9, x13);
    x10 = i32x4.add(x10, x14);
    x11 = i32x4.add(x11, x15);
    c = i32x4.add(c, d);
    x4 = rotate12(v128.xor(x4, x8));
    x5 = rotate12(v128.xor(x5, x9));
    x6 = rotate12(v128.xor(x6, x10));
    x7 = rotate12(v128.xor(x7, x11));
    b = rotate12(v128.xor(b, c));
    x0 = i32x4.add(x0, x4);
    x1 = i32x4.add(x1, x5);
    x2 = i32x4.add(x2, x6);
    x3 = i32x4.add(x3, x7);
    a = i32x4.add(a, b);
    x12 = rotate8(v128.xor(x12, x0));
    x13 = rotate8(v128.xor(x13, x1));
    x14 = rotate8(v128.xor(x14, x2));
    x15 = rotate8(v128.xor(x15, x3));
    d = rotate8(v128.xor(d, a));
    x8 = i32x4.add(x8, x12);
    x9 = i32x4.add(x9, x13);
    x10 = i32x4.add(x10, x14);
    x11 = i32x4.add(x11, x15);
    c = i32x4.add(c, d);
    x4 = rotate7(v128.xor(x4, x8));
    x5 = rotate7(v128.xor(x5, x9));
    x6 = rotate7(v128.xor(x6, x10));
    x7 = rotate7(v128.xor(x7, x11));
    b = rotate7(v128.xor(b, c));
    b = v128.shuffle<u32>(b, b, 1, 2, 3, 0);
    c = v128.shuffle<u32>(c, c, 2, 3, 0, 1);
    d = v128.shuffle<u32>(d, d, 3, 0, 1, 2);

    x0 = i32x4.add(x0, x5);
    x1 = i32x4.add(x1, x6);
    x2 = i32x4.add(x2, x7);
    x3 = i32x4.add(x3, x4);
    a = i32x4.add(a, b);
    x15 = rotate16(v128.xor(x15, x0));
    x12 = rotate16(v128.xor(x12, x1));
    x13 = rotate16(v128.xor(x13, x2));
    x14 = rotate16(v128.xor(x14, x3));
    d = rotate16(v128.xor(d, a));
    x10 = i32x4.add(x10, x15);
    x11 = i32x4.add(x11, x12);
    x8 = i32x4.add(x8, x13);
    x9 = i32x4.add(x9, x14);
    c = i32x4.add(c, d);
    x5 = rotate12(v128.xor(x5, x10));
    x6 = rotate12(v128.xor(x6, x11));
    x7 = rotate12(v128.xor(x7, x8));
    x4 = rotate12(v128.xor(x4, x9));
    b = rotate12(v128.xor(b, c));
    x0 = i32x4.add(x0, x5);
    x1 = i32x4.add(x1, x6);
    x2 = i32x4.add(x2, x7);
    x3 = i32x4.add(x3, x4);
    a = i32x4.add(a, b);
    x15 = rotate8(v128.xor(x15, x0));
    x12 = rotate8(v128.xor(x12, x1));
    x13 = rotate8(v128.xor(x13, x2));
    x14 = rotate8(v128.xor(x14, x3));
    d = rotate8(v128.xor(d, a));
    x10 = i32x4.add(x10, x15);
    x11 = i32x4.add(x11, x12);
    x8 = i32x4.add(x8, x13);
    x9 = i32x4.add(x9, x14);
    c = i32x4.add(c, d);
    x5 = rotate7(v128.xor(x5, x10));
    x6 = rotate7(v128.xor(x6, x11));
    x7 = rotate7(v128.xor(x7, x8));
    x4 = rotate7(v128.xor(x4, x9));
    b = rotate7(v128.xor(b, c));
    b = v128.shuffle<u32>(b, b, 3, 0, 1, 2);
    c = v128.shuffle<u32>(c, c, 2, 3, 0, 1);
    d = v128.shuffle<u32>(d, d, 1, 2, 3, 0);
  }

  v128.store(oneTimeKey, i32x4.add(a, i32x4(0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574)));
  v128.store(oneTimeKey, i32x4.add(b, v128.load(key)), 16);
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
}
