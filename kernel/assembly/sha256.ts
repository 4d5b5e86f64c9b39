// SHA-256 (FIPS 180-4, section 6.2). The rounds are scalar; the words of the block are made four at a time in vectors within them, for the rounds
// sixteen later: the processor does both at once. Secrets decide neither an address nor a branch.
import { constants, hashState, schedule } from "./layout";

/** Writes the constants of the rounds where they are not yet there: the kernel brings no data with it. Before all else. */
export function prepare(): void {
  if (load<u32>(constants) !== 0) return;
  v128.store(constants, i32x4(0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5));
  v128.store(constants, i32x4(0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5), 16);
  v128.store(constants, i32x4(0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3), 32);
  v128.store(constants, i32x4(0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174), 48);
  v128.store(constants, i32x4(0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc), 64);
  v128.store(constants, i32x4(0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da), 80);
  v128.store(constants, i32x4(0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7), 96);
  v128.store(constants, i32x4(0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967), 112);
  v128.store(constants, i32x4(0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13), 128);
  v128.store(constants, i32x4(0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85), 144);
  v128.store(constants, i32x4(0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3), 160);
  v128.store(constants, i32x4(0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070), 176);
  v128.store(constants, i32x4(0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5), 192);
  v128.store(constants, i32x4(0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3), 208);
  v128.store(constants, i32x4(0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208), 224);
  v128.store(constants, i32x4(0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2), 240);
}

/** No block has been absorbed then. */
export function begin(): void {
  v128.store(hashState, i32x4(0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a));
  v128.store(hashState, i32x4(0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19), 16);
}

/** Bytes of a message of `length` bytes, or of the end of one, with its padding. */
export function paddedLength(length: u32): u32 {
  return (length + 72) & ~63;
}

/**
 * Absorbs the last `length` bytes of a message at `input`, after `before` bytes of whole blocks, and its padding: up to 87 bytes after them are
 * overwritten.
 */
export function absorbLast(input: usize, length: u32, before: u32): void {
  const padded = paddedLength(length);
  for (let at = length; at < padded; at += 16) v128.store(input + at, i64x2.splat(0));
  store<u8>(input + length, 0x80);
  store<u32>(input + padded - 4, bswap((before + length) << 3));
  for (let at: u32 = 0; at < padded; at += 64) absorb(input + at);
}

/** Writes the digest, 32 bytes, to `output`. */
export function finish(output: usize): void {
  v128.store(output, bigEndian(v128.load(hashState)));
  v128.store(output, bigEndian(v128.load(hashState, 16)), 16);
}

/** Absorbs the block, 64 bytes, at `input`. The words that the last sixteen rounds make are not used: to leave them out would cost more. */
export function absorb(input: usize): void {
  let w0 = bigEndian(v128.load(input));
  let w1 = bigEndian(v128.load(input, 16));
  let w2 = bigEndian(v128.load(input, 32));
  let w3 = bigEndian(v128.load(input, 48));
  v128.store(schedule, i32x4.add(w0, v128.load(constants)));
  v128.store(schedule, i32x4.add(w1, v128.load(constants, 16)), 16);
  v128.store(schedule, i32x4.add(w2, v128.load(constants, 32)), 32);
  v128.store(schedule, i32x4.add(w3, v128.load(constants, 48)), 48);
  let a = load<u32>(hashState);
  let b = load<u32>(hashState, 4);
  let c = load<u32>(hashState, 8);
  let d = load<u32>(hashState, 12);
  let e = load<u32>(hashState, 16);
  let f = load<u32>(hashState, 20);
  let g = load<u32>(hashState, 24);
  let h = load<u32>(hashState, 28);
  for (let later = constants + 64; later <= constants + 256; later += 64) {
    h += load<u32>(schedule) + choose(e, f, g) + sum1(e);
    d += h;
    h += majority(a, b, c) + sum0(a);
    g += load<u32>(schedule, 4) + choose(d, e, f) + sum1(d);
    c += g;
    g += majority(h, a, b) + sum0(h);
    f += load<u32>(schedule, 8) + choose(c, d, e) + sum1(c);
    b += f;
    f += majority(g, h, a) + sum0(g);
    e += load<u32>(schedule, 12) + choose(b, c, d) + sum1(b);
    a += e;
    e += majority(f, g, h) + sum0(f);
    w0 = next(w0, w1, w2, w3);
    v128.store(schedule, i32x4.add(w0, v128.load(later)));
    d += load<u32>(schedule, 16) + choose(a, b, c) + sum1(a);
    h += d;
    d += majority(e, f, g) + sum0(e);
    c += load<u32>(schedule, 20) + choose(h, a, b) + sum1(h);
    g += c;
    c += majority(d, e, f) + sum0(d);
    b += load<u32>(schedule, 24) + choose(g, h, a) + sum1(g);
    f += b;
    b += majority(c, d, e) + sum0(c);
    a += load<u32>(schedule, 28) + choose(f, g, h) + sum1(f);
    e += a;
    a += majority(b, c, d) + sum0(b);
    w1 = next(w1, w2, w3, w0);
    v128.store(schedule, i32x4.add(w1, v128.load(later, 16)), 16);
    h += load<u32>(schedule, 32) + choose(e, f, g) + sum1(e);
    d += h;
    h += majority(a, b, c) + sum0(a);
    g += load<u32>(schedule, 36) + choose(d, e, f) + sum1(d);
    c += g;
    g += majority(h, a, b) + sum0(h);
    f += load<u32>(schedule, 40) + choose(c, d, e) + sum1(c);
    b += f;
    f += majority(g, h, a) + sum0(g);
    e += load<u32>(schedule, 44) + choose(b, c, d) + sum1(b);
    a += e;
    e += majority(f, g, h) + sum0(f);
    w2 = next(w2, w3, w0, w1);
    v128.store(schedule, i32x4.add(w2, v128.load(later, 32)), 32);
    d += load<u32>(schedule, 48) + choose(a, b, c) + sum1(a);
    h += d;
    d += majority(e, f, g) + sum0(e);
    c += load<u32>(schedule, 52) + choose(h, a, b) + sum1(h);
    g += c;
    c += majority(d, e, f) + sum0(d);
    b += load<u32>(schedule, 56) + choose(g, h, a) + sum1(g);
    f += b;
    b += majority(c, d, e) + sum0(c);
    a += load<u32>(schedule, 60) + choose(f, g, h) + sum1(f);
    e += a;
    a += majority(b, c, d) + sum0(b);
    w3 = next(w3, w0, w1, w2);
    v128.store(schedule, i32x4.add(w3, v128.load(later, 48)), 48);
  }
  store<u32>(hashState, load<u32>(hashState) + a);
  store<u32>(hashState, load<u32>(hashState, 4) + b, 4);
  store<u32>(hashState, load<u32>(hashState, 8) + c, 8);
  store<u32>(hashState, load<u32>(hashState, 12) + d, 12);
  store<u32>(hashState, load<u32>(hashState, 16) + e, 16);
  store<u32>(hashState, load<u32>(hashState, 20) + f, 20);
  store<u32>(hashState, load<u32>(hashState, 24) + g, 24);
  store<u32>(hashState, load<u32>(hashState, 28) + h, 28);
}

/** The four words after the sixteen in `a` to `d`. The last two of them need the first two. */
function next(a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = i64x2.splat(0);
  const words = i32x4.add(
    i32x4.add(a, v128.shuffle<u32>(c, d, 1, 2, 3, 4)),
    sigma0(v128.shuffle<u32>(a, b, 1, 2, 3, 4)),
  );
  const first = i32x4.add(words, v128.shuffle<u32>(sigma1(v128.shuffle<u32>(d, d, 2, 2, 3, 3)), zero, 0, 2, 4, 4));
  return i32x4.add(
    first,
    v128.shuffle<u32>(sigma1(v128.shuffle<u32>(first, first, 0, 0, 1, 1)), zero, 4, 4, 0, 2),
  );
}

// @ts-ignore: decorator
@inline
function sigma0(v: v128): v128 {
  const by7 = v128.xor(i32x4.shr_u(v, 7), i32x4.shl(v, 25));
  const by18 = v128.xor(i32x4.shr_u(v, 18), i32x4.shl(v, 14));
  return v128.xor(v128.xor(by7, by18), i32x4.shr_u(v, 3));
}

/** Of two words, each of which fills 64 bits twice: shifted by less than 32 bits, the lower one is rotated. */
// @ts-ignore: decorator
@inline
function sigma1(v: v128): v128 {
  return v128.xor(v128.xor(i64x2.shr_u(v, 17), i64x2.shr_u(v, 19)), i32x4.shr_u(v, 10));
}

// @ts-ignore: decorator
@inline
function bigEndian(v: v128): v128 {
  return v128.swizzle(v, i8x16(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

// @ts-ignore: decorator
@inline
function sum0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}

// @ts-ignore: decorator
@inline
function sum1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

// @ts-ignore: decorator
@inline
function choose(x: u32, y: u32, z: u32): u32 {
  return ((y ^ z) & x) ^ z;
}

// @ts-ignore: decorator
@inline
function majority(x: u32, y: u32, z: u32): u32 {
  return ((x ^ y) & (y ^ z)) ^ y;
}
