// ChaCha20-Poly1305 (RFC 8439, section 2.8) of records in place: nonce | tag | text. Between two calls the memory holds no key stream, no
// one-time key and, once `wipe` has been called, no plaintext.
import { keyStreamAndAbsorb, xorKeyStream } from "./chacha20";
import { firstKeyStream } from "./chacha20-first";
import { associatedData, computedTag, keyStream, nonce, oneTimeKey, tag, text } from "./layout";
import { absorb, absorbLast, absorbPadded, begin as beginPoly, finish } from "./poly1305";

/** Texts up to this length, in bytes, need no more than the four first blocks: one for the one-time key, three for the text. */
const shortLength: u32 = 192;

/** Takes the one-time key. The first bytes of key stream for a text, 192 or 256, are then the last ones at `keyStream`: returns how many. */
function begin(key: usize, nonce0: u32, nonce1: u32, nonce2: u32, length: u32): u32 {
  if (length <= shortLength) {
    keyStreamAndAbsorb(key, 0, nonce0, nonce1, nonce2, 0, 0);
    beginPoly(keyStream);
    return shortLength;
  }
  firstKeyStream(key, nonce0, nonce1, nonce2);
  beginPoly(oneTimeKey);
  return 256;
}

/** Seals the `length` bytes at `text`, 0 to `textSize`, and puts nonce and tag in front of them. */
export function seal(
  key: usize,
  nonce0: u32,
  nonce1: u32,
  nonce2: u32,
  associatedDataLength: u32,
  length: u32,
): void {
  store<u32>(nonce, nonce0);
  store<u32>(nonce, nonce1, 4);
  store<u32>(nonce, nonce2, 8);
  const first = begin(key, nonce0, nonce1, nonce2, length);
  absorbPadded(associatedData, associatedDataLength);
  let sealed = min(length, first);
  xorKeyStream(text, keyStream + 256 - first, sealed);
  let absorbed: u32 = 0;
  for (let counter: u32 = 5; sealed < length; counter += 4) {
    keyStreamAndAbsorb(key, counter, nonce0, nonce1, nonce2, text + absorbed, (sealed - absorbed) >> 4);
    absorbed = sealed;
    const step = min<u32>(length - sealed, 256);
    xorKeyStream(text + sealed, keyStream, step);
    sealed += step;
  }
  absorbLast(text + absorbed, length - absorbed, associatedDataLength, length);
  finish(tag);
  eraseKeyStream();
}

/** Opens the record whose text has `length` bytes, as `seal`. 1, or 0 where the tag does not hold: nothing is left of the text then. */
export function open(key: usize, associatedDataLength: u32, length: u32): u32 {
  const nonce0 = load<u32>(nonce);
  const nonce1 = load<u32>(nonce, 4);
  const nonce2 = load<u32>(nonce, 8);
  const first = begin(key, nonce0, nonce1, nonce2, length);
  absorbPadded(associatedData, associatedDataLength);
  let opened = min(length, first);
  if (opened === length) absorbLast(text, opened, associatedDataLength, length);
  else absorb(text, first >> 4);
  xorKeyStream(text, keyStream + 256 - first, opened);
  for (let counter: u32 = 5; opened < length; counter += 4) {
    const step = min<u32>(length - opened, 256);
    const within = step & ~31;
    keyStreamAndAbsorb(key, counter, nonce0, nonce1, nonce2, text + opened, within >> 4);
    if (opened + step === length)
      absorbLast(text + opened + within, step - within, associatedDataLength, length);
    xorKeyStream(text + opened, keyStream, step);
    opened += step;
  }
  const holds = tagHolds();
  if (holds === 0) wipe(length);
  eraseKeyStream();
  return holds;
}

/** Of a longer text or longer associated data, by parts: before the first. */
export function start(key: usize, nonce0: u32, nonce1: u32, nonce2: u32): void {
  begin(key, nonce0, nonce1, nonce2, 0);
  eraseKeyStream();
}

/** Of a longer text, by parts: XORs `length` bytes at `text` with the key stream from block `counter` on. */
export function cipher(key: usize, counter: u32, nonce0: u32, nonce1: u32, nonce2: u32, length: u32): void {
  for (let done: u32 = 0; done < length; done += 256, counter += 4) {
    keyStreamAndAbsorb(key, counter, nonce0, nonce1, nonce2, 0, 0);
    xorKeyStream(text + done, keyStream, min<u32>(length - done, 256));
  }
  eraseKeyStream();
}

/** Of a longer text or longer associated data, by parts: absorbs `length` bytes at `text`, a multiple of 16 but for the last part. */
export function authenticate(length: u32): void {
  absorbPadded(text, length);
}

/** After the last part: writes the tag. */
export function finishSealing(associatedDataLength: u32, length: u32): void {
  absorbLast(text, 0, associatedDataLength, length);
  finish(tag);
}

/** After the last part: whether the tag holds. */
export function finishOpening(associatedDataLength: u32, length: u32): u32 {
  absorbLast(text, 0, associatedDataLength, length);
  return tagHolds();
}

/** Erases `length` bytes at `text`, and up to 15 after them. */
export function wipe(length: u32): void {
  for (let at: u32 = 0; at < length; at += 16) v128.store(text + at, i64x2.splat(0));
}

/** 1 or 0, in a time that does not depend on where the tags differ. */
function tagHolds(): u32 {
  finish(computedTag);
  const difference = v128.xor(v128.load(tag), v128.load(computedTag));
  const folded = i64x2.extract_lane(difference, 0) | i64x2.extract_lane(difference, 1);
  v128.store(computedTag, i64x2.splat(0));
  return u32((~folded & (folded - 1)) >>> 63);
}

function eraseKeyStream(): void {
  for (let at = oneTimeKey; at < keyStream + 256; at += 16) v128.store(at, i64x2.splat(0));
}
