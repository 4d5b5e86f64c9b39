import { gcm } from "@noble/ciphers/aes.js";
import { x448 } from "@noble/curves/ed448.js";
import { blake2b, blake2s } from "@noble/hashes/blake2.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { makeAead } from "./aead.js";
import { nobleAead } from "./noble-aead.js";
import { nobleDh } from "./noble-dh.js";
import { nobleHash } from "./noble-hash.js";
import type { ExtraAlgorithms } from "./provider.js";
import { x448Rules } from "./public-key-check.js";

/** The further algorithms in JavaScript. */
export const nobleExtra: ExtraAlgorithms = Object.freeze({
  aesgcm: makeAead("AESGCM", nobleAead(gcm)),
  x448: nobleDh("448", x448Rules, x448),
  sha512: nobleHash("SHA512", sha512),
  blake2s: nobleHash("BLAKE2s", blake2s),
  blake2b: nobleHash("BLAKE2b", blake2b),
} satisfies ExtraAlgorithms);

export { nobleExtra as defaultExtra };
