import { createCipheriv, createDecipheriv, type CipherGCM, type DecipherGCM } from "node:crypto";
import { handOver, tagLength, type AeadCipher } from "./aead.js";
import { unpooled } from "./node-bytes.js";

/** Without it Node takes tags of 4 bytes for GCM. */
const options = { authTagLength: tagLength };

/** The AEAD that OpenSSL calls `algorithm`. */
export function nodeAead(algorithm: "chacha20-poly1305" | "aes-256-gcm"): AeadCipher {
  // One signature covers both algorithms at run time; the types have an overload for each.
  const encryptor = createCipheriv as (
    a: string,
    key: Uint8Array,
    nonce: Uint8Array,
    o: typeof options,
  ) => CipherGCM;
  const decryptor = createDecipheriv as (
    a: string,
    key: Uint8Array,
    nonce: Uint8Array,
    o: typeof options,
  ) => DecipherGCM;
  return {
    seal: (key, nonce, associatedData, plaintext, ciphertext, tag) => {
      const cipher = encryptor(algorithm, key, nonce, options);
      cipher.setAAD(associatedData);
      ciphertext.set(cipher.update(plaintext));
      cipher.final();
      tag.set(cipher.getAuthTag());
    },
    open: (key, nonce, associatedData, ciphertext, tag, output) => {
      const decipher = decryptor(algorithm, key, nonce, options);
      decipher.setAAD(associatedData);
      decipher.setAuthTag(tag);
      const unverified = decipher.update(ciphertext);
      try {
        decipher.final();
      } catch {
        unverified.fill(0);
        return undefined;
      }
      return handOver(unpooled(unverified), output);
    },
  };
}
