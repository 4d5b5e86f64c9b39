// HMAC (RFC 2104) and HKDF (RFC 5869) over SHA-256. What is to be hashed lies in the memory, and is erased with all that came of it, but for the
// result.
import { digestBlock, hashKey, hashState, info, innerState, outerState, schedule, text } from "./layout";
import { absorb, absorbLast, begin, finish, paddedLength, prepare } from "./sha256";

/** Puts the digest of the `length` bytes at `text` in their place. */
export function hash(length: u32): void {
  prepare();
  begin();
  absorbLast(text, length, 0);
  erase(text, paddedLength(length));
  finish(text);
  eraseStates();
}

/** Puts the HMAC of the `length` bytes at `text`, under the `keyLength` bytes at `hashKey` (0 to 64), in their place. */
export function hmac(keyLength: u32, length: u32): void {
  takeKey(keyLength);
  authenticate(text, length);
  erase(text, paddedLength(length));
  finish(text);
  eraseStates();
}

/**
 * Puts `length` bytes (1 to 8160) in the place of the `materialLength` bytes of input key material at `text`. The salt is the `saltLength` bytes at
 * `hashKey`, 0 to 64.
 */
export function hkdf(saltLength: u32, materialLength: u32, infoLength: u32, length: u32): void {
  takeKey(saltLength);
  authenticate(text, materialLength);
  erase(text, paddedLength(materialLength));
  finish(hashKey);
  takeKey(32);
  let input = info;
  for (let done: u32 = 0; done < length; done += 32) {
    const inputLength = u32(info + infoLength - input);
    store<u8>(info + infoLength, (done >> 5) + 1);
    authenticate(input, inputLength + 1);
    input = info - 32;
    finish(input);
    finish(text + done);
  }
  erase(text + length, 32);
  erase(info - 32, infoLength + 120);
  eraseStates();
}

/** Absorbs the key block of the inner and of the outer hash, and erases the key at `hashKey`. */
function takeKey(length: u32): void {
  prepare();
  if (length === 0) {
    // The commonest of all keys: that of an empty salt.
    v128.store(innerState, i32x4(0xf454_dead, 0x9725_214f, 0x90da_f2a0, 0xdf12_28ea));
    v128.store(innerState, i32x4(0x64e5_750f, 0xa392_4181, 0x824a_932b, 0xf8e0_4e32), 16);
    v128.store(outerState, i32x4(0xd385_480f, 0x7abb_6477, 0x37c9_c538, 0x5dd8_2467));
    v128.store(outerState, i32x4(0x8e04_3a72, 0x7534_34b0, 0xdeb8_2818, 0x361d_45a6), 16);
    return;
  }
  begin();
  absorbKey(0x36, innerState);
  begin();
  absorbKey(0x5c, outerState);
  erase(hashKey, 64);
}

function absorbKey(pad: u8, state: usize): void {
  for (let at: usize = 0; at < 64; at += 16)
    v128.store(digestBlock + at, v128.xor(v128.load(hashKey + at), i8x16.splat(pad)));
  absorb(digestBlock);
  copyState(state, hashState);
}

/** The HMAC of the `length` bytes at `input` under the key that was taken, for `finish` to write. */
function authenticate(input: usize, length: u32): void {
  copyState(hashState, innerState);
  absorbLast(input, length, 64);
  finish(digestBlock);
  copyState(hashState, outerState);
  absorbLast(digestBlock, 32, 64);
}

function copyState(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

function eraseStates(): void {
  erase(hashState, u32(schedule + 64 - hashState));
}

/** Erases `length` bytes at `start`, and up to 15 after them. */
function erase(start: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 16) v128.store(start + at, i64x2.splat(0));
}
