import type { CipherWithOutput } from "@noble/ciphers/utils.js";
import { concat } from "../bytes/index.js";
import { handOver, type AeadCipher } from "./aead.js";

/** An AEAD of noble: one cipher for each key, nonce and associated data; the tag follows the ciphertext. */
export type NobleCipher = (
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
) => Pick<CipherWithOutput, "encrypt" | "decrypt">;

/** An AEAD over `cipher`, which verifies before it decrypts. */
export function nobleAead(cipher: NobleCipher): AeadCipher {
  return {
    seal: (key, nonce, associatedData, plaintext, ciphertext, tag) => {
      const sealed = cipher(key, nonce, associatedData).encrypt(plaintext);
      ciphertext.set(sealed.subarray(0, plaintext.length));
      tag.set(sealed.subarray(plaintext.length));
    },
    open: (key, nonce, associatedData, ciphertext, tag, output) => {
      const sealed = concat(ciphertext, tag);
      try {
        return handOver(cipher(key, nonce, associatedData).decrypt(sealed), output);
      } catch {
        return undefined;
      }
    },
  };
}
