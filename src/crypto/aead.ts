import { Secret } from "../bytes/index.js";
import { requireLength } from "./lengths.js";
import type { Aead, AeadKey } from "./provider.js";

const keyLength = 32;
const nonceLength = 12;
/** Length of a tag in bytes. */
export const tagLength = 16;

/** One AEAD as a provider has it, called with arguments whose lengths have been checked. */
export interface AeadCipher {
  /** Writes the ciphertext and the tag. `ciphertext` may be `plaintext`. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void;
  /** Writes the plaintext once the tag holds; else returns false and writes nothing. `plaintext` may be `ciphertext`. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    plaintext: Uint8Array,
  ): boolean;
}

/** The AEAD `name` over `cipher`: what is the same for every provider. */
export function makeAead(name: Aead["name"], cipher: AeadCipher): Aead {
  return Object.freeze({
    name,
    key: key => {
      requireLength(key, keyLength, "key");
      return new CipherKey(cipher, key);
    },
  } satisfies Aead);
}

class CipherKey implements AeadKey {
  readonly #cipher: AeadCipher;
  readonly #key: Secret;

  constructor(cipher: AeadCipher, key: Uint8Array) {
    this.#cipher = cipher;
    this.#key = Secret.copy(key);
  }

  seal(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void {
    const key = this.#key.expose();
    requireLength(nonce, nonceLength, "nonce");
    requireLength(tag, tagLength, "tag");
    requireLength(ciphertext, plaintext.length, "ciphertext");
    this.#cipher.seal(key, nonce, associatedData, plaintext, ciphertext, tag);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    plaintext: Uint8Array,
  ): boolean {
    const key = this.#key.expose();
    requireLength(nonce, nonceLength, "nonce");
    requireLength(tag, tagLength, "tag");
    requireLength(plaintext, ciphertext.length, "plaintext");
    return this.#cipher.open(key, nonce, associatedData, ciphertext, tag, plaintext);
  }

  dispose(): void {
    this.#key.dispose();
  }
}
