import { SessionError } from "../errors/index.js";
import type { Hkdf } from "./provider.js";

/**
 * HKDF: 1 to 255 times the digest's length, in bytes, owned by the caller, who erases them. An empty salt is one of zeros.
 *
 * @throws invalid-argument where `length` is out of range
 * @see RFC 5869, section 2
 */
export const hkdf: Hkdf = (hash, inputKeyMaterial, salt, info, length) => {
  const limit = 255 * hash.hashLength;
  if (!Number.isInteger(length) || length < 1 || length > limit) {
    throw new SessionError(
      "invalid-argument",
      `HKDF over ${hash.name} gives 1 to ${limit} bytes, not ${length}.`,
    );
  }
  const output = new Uint8Array(length);
  const pseudoRandomKey = hash.hmac(salt, inputKeyMaterial);
  let block: Uint8Array = new Uint8Array(0);
  for (let counter = 1, offset = 0; offset < length; counter++, offset += hash.hashLength) {
    const previous = block;
    block = hash.hmac(pseudoRandomKey, previous, info, Uint8Array.of(counter));
    previous.fill(0);
    output.set(block.subarray(0, length - offset), offset);
  }
  block.fill(0);
  pseudoRandomKey.fill(0);
  return output;
};
