import { hmac } from "@noble/hashes/hmac.js";
import type { CHash } from "@noble/hashes/utils.js";
import type { Hash } from "./provider.js";

/** The hash function `name` over noble's `algorithm`. */
export function nobleHash(name: Hash["name"], algorithm: CHash): Hash {
  return Object.freeze({
    name,
    hashLength: algorithm.outputLen,
    blockLength: algorithm.blockLen,
    hash: (...parts) => {
      const hash = algorithm.create();
      for (const part of parts) hash.update(part);
      return hash.digest();
    },
    hmac: (key, ...parts) => {
      const mac = hmac.create(algorithm, key);
      for (const part of parts) mac.update(part);
      return mac.digest();
    },
  } satisfies Hash);
}
