import { createHmac, randomBytes } from "node:crypto";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

/** Every seal under the AEAD interface, of all processes: no (key, nonce) pair is used for two different (plaintext, associated data) pairs. */
export class SealOracle {
  readonly #digestKey = randomBytes(32);
  readonly #seals = new Map<string, string>();
  /** Pairs that were. */
  repeats = 0;

  get seals(): number {
    return this.#seals.size;
  }

  provider(base: CryptoProvider = nodeProvider): CryptoProvider {
    return {
      ...base,
      aead: {
        name: base.aead.name,
        key: bytes => {
          const keyBytes = Uint8Array.from(bytes);
          const inner = base.aead.key(bytes);
          return {
            seal: (nonce, associatedData, plaintext, ciphertext, tag) => {
              this.#sealed(this.#digest(keyBytes, nonce), this.#digest(associatedData, plaintext));
              inner.seal(nonce, associatedData, plaintext, ciphertext, tag);
            },
            open: (...parts) => inner.open(...parts),
            dispose: () => inner.dispose(),
          };
        },
      },
    };
  }

  #sealed(place: string, content: string): void {
    const before = this.#seals.get(place);
    if (before !== undefined && before !== content) this.repeats++;
    this.#seals.set(place, content);
  }

  #digest(first: Uint8Array, second: Uint8Array): string {
    const length = Uint8Array.of(first.length >> 24, first.length >> 16, first.length >> 8, first.length);
    return createHmac("sha256", this.#digestKey).update(length).update(first).update(second).digest("base64");
  }
}
