import { makeAead } from "./aead.js";
import { nodeAead } from "./node-aead.js";
import { nodeDh } from "./node-dh.js";
import { nodeHash } from "./node-hash.js";
import type { ExtraAlgorithms } from "./provider.js";

/** The further algorithms of `node:crypto`. */
export const nodeExtra: ExtraAlgorithms = Object.freeze({
  aesgcm: makeAead("AESGCM", nodeAead("aes-256-gcm")),
  x448: nodeDh("448"),
  sha512: nodeHash("SHA512", "sha512", 64, 128),
  blake2s: nodeHash("BLAKE2s", "blake2s256", 32, 64),
  blake2b: nodeHash("BLAKE2b", "blake2b512", 64, 128),
} satisfies ExtraAlgorithms);

export { nodeExtra as defaultExtra };
