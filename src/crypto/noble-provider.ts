import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { RandomSource } from "../bytes/index.js";
import { makeMlKem768 } from "./ml-kem.js";
import { nobleAead } from "./noble-aead.js";
import { nobleDh } from "./noble-dh.js";
import { nobleEd25519 } from "./noble-ed25519.js";
import { nobleHash } from "./noble-hash.js";
import { nobleMlKem } from "./noble-ml-kem.js";
import type { CryptoProvider } from "./provider.js";
import { x25519Rules } from "./public-key-check.js";
import { wasmAead } from "./wasm-aead.js";
import { wasmSha256 } from "./wasm-sha256.js";

/** What Web Cryptography gives out in one call, in bytes. */
const entropyQuota = 65_536;

const webRandom: RandomSource = length => {
  const bytes = new Uint8Array(length);
  for (let offset = 0; offset < length; offset += entropyQuota) {
    globalThis.crypto.getRandomValues(bytes.subarray(offset, offset + entropyQuota));
  }
  return bytes;
};

/** The primitives in JavaScript, for every runtime; randomness from Web Cryptography. */
export const nobleProvider: CryptoProvider = Object.freeze({
  name: "noble",
  aead: wasmAead({ fallback: nobleAead(chacha20poly1305) }),
  dh: nobleDh("25519", x25519Rules, x25519),
  kem: makeMlKem768(nobleMlKem, webRandom),
  ...wasmSha256({ fallback: nobleHash("SHA256", sha256) }),
  signature: nobleEd25519,
  random: webRandom,
} satisfies CryptoProvider);

export { nobleProvider as defaultProvider };
