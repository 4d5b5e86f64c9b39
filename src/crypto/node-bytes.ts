import { randomBytes } from "node:crypto";
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

/** The operating system's generator, through OpenSSL. Nothing is drawn ahead: a copy of this memory would give the same again. */
export const nodeRandom: RandomSource = length => plain(randomBytes(length));
