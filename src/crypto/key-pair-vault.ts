import { SessionError } from "../errors/index.js";

/** What everybody sees of a key pair. */
export interface HeldKeyPair {
  readonly publicKey: Uint8Array;
  dispose(): void;
}

/**
 * Holds the secret halves of one scheme's key pairs, so that the pairs themselves hold nothing that could print, and a
 * pair of another scheme or provider is refused.
 */
export class KeyPairVault<Material> {
  readonly #materials = new WeakMap<HeldKeyPair, Material | undefined>();
  readonly #erase: (material: Material) => void;

  /** `erase` runs once for each pair, when it is disposed. */
  constructor(erase: (material: Material) => void) {
    this.#erase = erase;
  }

  /** A pair of `publicKey` and `material`, both taken over. */
  hold(publicKey: Uint8Array, material: Material): HeldKeyPair {
    const dispose = (): void => {
      const held = this.#materials.get(pair);
      if (held === undefined) return;
      this.#materials.set(pair, undefined);
      this.#erase(held);
    };
    const pair: HeldKeyPair = Object.freeze({ publicKey, dispose });
    this.#materials.set(pair, material);
    return pair;
  }

  /**
   * The secret half of `pair`, for the length of one call.
   *
   * @throws invalid-argument where the pair is not of this vault; secret-disposed
   */
  materialOf(pair: HeldKeyPair): Material {
    if (!this.#materials.has(pair)) {
      throw new SessionError(
        "invalid-argument",
        "This key pair was made by another provider or for another algorithm.",
      );
    }
    const material = this.#materials.get(pair);
    if (material === undefined) {
      throw new SessionError(
        "secret-disposed",
        "This key pair has been erased: use it before it is disposed.",
      );
    }
    return material;
  }
}
