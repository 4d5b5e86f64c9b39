import { randomBytes } from "node:crypto";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { watchSeals } from "../../torture/watched-seals.js";

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
    return watchSeals(base, this.#digestKey, (place, content) =>
      this.#sealed(place.toString("base64"), content.toString("base64")),
    );
  }

  #sealed(place: string, content: string): void {
    const before = this.#seals.get(place);
    if (before !== undefined && before !== content) this.repeats++;
    this.#seals.set(place, content);
  }
}
