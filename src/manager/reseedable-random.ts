import { concat, Secret, utf8, Writer, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

const keyLength = 32;
/** Bytes of entropy at least. */
export const entropyLength = 32;

const label = utf8("bowline/reseed/v1");

/** A source of randomness, into which the manager can mix what a copy of this process does not have. */
export class ReseedableRandom {
  readonly #provider: CryptoProvider;
  readonly #base: RandomSource;
  #key: Secret | undefined;
  #draws = 0n;

  constructor(provider: CryptoProvider, base: RandomSource) {
    this.#provider = provider;
    this.#base = base;
  }

  /** As good as what was given, and as what was mixed in. */
  readonly draw: RandomSource = length => {
    const bytes = this.#base(length);
    if (this.#key === undefined) return bytes;
    const mask = this.#expand(this.#key.expose(), new Writer().u64(this.#draws++).finish(), length);
    for (let i = 0; i < length; i++) bytes[i]! ^= mask[i]!;
    mask.fill(0);
    return bytes;
  };

  /** Fresh bytes from beyond this process: `given`, or what the provider has. @throws invalid-argument where there are fewer than 32 */
  entropy(given: Uint8Array | undefined): Uint8Array {
    const entropy = given === undefined ? this.#provider.entropy?.() : Uint8Array.from(given);
    if (entropy !== undefined && entropy.length >= entropyLength) return entropy;
    throw new SessionError(
      "invalid-argument",
      given === undefined
        ? `This platform gives no randomness but that of the process, which a copy of it has, too: give \`entropy\`, ${entropyLength} bytes or more from elsewhere.`
        : `\`entropy\` has ${entropyLength} bytes or more (given: ${given.length}).`,
    );
  }

  /** Mixes in `entropy`, which is erased. */
  reseed(entropy: Uint8Array): void {
    const before = this.#key;
    const material = concat(entropy, this.#base(keyLength), before?.expose() ?? new Uint8Array(0));
    this.#key = Secret.take(this.#expand(material, new Uint8Array(0), keyLength));
    this.#draws = 0n;
    material.fill(0);
    entropy.fill(0);
    before?.dispose();
  }

  #expand(key: Uint8Array, context: Uint8Array, length: number): Uint8Array {
    const { hkdf, hash } = this.#provider;
    return hkdf(hash, key, label, context, length);
  }
}
