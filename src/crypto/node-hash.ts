import { createHash, createHmac } from "node:crypto";
import { plain } from "./node-bytes.js";
import type { Hash } from "./provider.js";

/** The hash function that OpenSSL calls `algorithm`. */
export function nodeHash(
  name: Hash["name"],
  algorithm: string,
  hashLength: number,
  blockLength: number,
): Hash {
  return Object.freeze({
    name,
    hashLength,
    blockLength,
    hash: (...parts) => {
      const hash = createHash(algorithm);
      for (const part of parts) hash.update(part);
      return plain(hash.digest());
    },
    hmac: (key, ...parts) => {
      const hmac = createHmac(algorithm, key);
      for (const part of parts) hmac.update(part);
      return plain(hmac.digest());
    },
  } satisfies Hash);
}
