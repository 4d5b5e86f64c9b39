import { randomBytes, randomFillSync } from "node:crypto";
import type { RandomSource } from "../bytes/index.js";

/** `buffer` as a plain array over the same memory: a Buffer's own `slice` and `toString` would surprise. */
export function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** `buffer` as an array that is alone in its memory. Node gives what ciphers put out such memory; what need not is copied, and erased. */
export function unpooled(buffer: Buffer): Uint8Array {
  if (buffer.byteLength === buffer.buffer.byteLength) return plain(buffer);
  const bytes = Uint8Array.from(buffer);
  buffer.fill(0);
  return bytes;
}

/** Base64url without padding, the form of bytes in a JSON Web Key. @see RFC 7517 */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** The bytes of base64url `text`, not shared with any pool. */
export function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64url"));
}

/** Drawn ahead: small draws one by one cost as much as what they are drawn for. */
const pool = new Uint8Array(2048);
const largestPooled = 64;
let left = 0;

/** The operating system's generator, through OpenSSL. What was given is no longer here. */
export const nodeRandom: RandomSource = length => {
  if (!(length > 0 && length <= largestPooled)) return plain(randomBytes(length));
  if (left < length) {
    randomFillSync(pool);
    left = pool.length;
  }
  const bytes = pool.slice(left - length, left);
  pool.fill(0, left - length, left);
  left -= length;
  return bytes;
};
