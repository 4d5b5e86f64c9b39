// What random cases are made of, the same under the same seed.
import { createCipheriv } from "node:crypto";

/** Numbers below a bound, by xorshift. */
export function numbers(seed) {
  let state = Math.imul(seed + 1, 0x9e37_79b1) || 1;
  return bound => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** `length` random bytes, to cut keys, nonces and texts from. */
export function randomPool(seed, length) {
  const key = Buffer.alloc(32);
  key.writeUInt32LE(seed);
  return new Uint8Array(createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(length)));
}
