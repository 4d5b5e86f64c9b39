import { type RandomSource, Secret } from "../bytes/index.js";
import { KeyPairVault } from "./key-pair-vault.js";
import { drawRandom } from "./lengths.js";
import { checkCiphertext, checkEncapsulationKey, mlKem768Lengths as lengths } from "./ml-kem-checks.js";
import type { Kem } from "./provider.js";

/** A ciphertext and its shared secret, both fresh arrays. */
export interface Encapsulation {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** ML-KEM-768 as a provider has it; `Material` is its form of a decapsulation key. */
export interface MlKemArithmetic<Material> {
  /** The pair of `seed`, 64 bytes (d, then z). */
  importSeed(seed: Uint8Array): { readonly material: Material; readonly publicKey: Uint8Array };
  /** Encapsulates under a public key that has been checked; `message` is the 32 random bytes m. */
  encapsulate(publicKey: Uint8Array, message: Uint8Array): Encapsulation;
  /** Encapsulates with randomness of the implementation's own; undefined where it has none. */
  readonly encapsulateAtRandom?: (publicKey: Uint8Array) => Encapsulation;
  /** A fresh array, of a ciphertext whose length has been checked. */
  decapsulate(material: Material, ciphertext: Uint8Array): Uint8Array;
  erase(material: Material): void;
}

/** ML-KEM-768 over `arithmetic`: what is the same for every provider. `systemRandom` is the source that `encapsulateAtRandom` equals. */
export function makeMlKem768<Material>(
  arithmetic: MlKemArithmetic<Material>,
  systemRandom: RandomSource,
): Kem {
  const vault = new KeyPairVault<Material>(material => arithmetic.erase(material));
  return Object.freeze({
    name: "MLKEM768",
    publicKeyLength: lengths.publicKey,
    ciphertextLength: lengths.ciphertext,
    sharedSecretLength: lengths.sharedSecret,
    generateKeyPair: random => {
      const seed = drawRandom(random, lengths.seed);
      try {
        const { publicKey, material } = arithmetic.importSeed(seed);
        return vault.hold(publicKey, material);
      } finally {
        seed.fill(0);
      }
    },
    encapsulate: (publicKey, random) => {
      checkEncapsulationKey(publicKey);
      if (random === systemRandom && arithmetic.encapsulateAtRandom !== undefined) {
        return withSecret(arithmetic.encapsulateAtRandom(publicKey));
      }
      const message = drawRandom(random, lengths.message);
      try {
        return withSecret(arithmetic.encapsulate(publicKey, message));
      } finally {
        message.fill(0);
      }
    },
    decapsulate: (pair, ciphertext) => {
      const material = vault.materialOf(pair);
      checkCiphertext(ciphertext);
      return Secret.take(arithmetic.decapsulate(material, ciphertext));
    },
  } satisfies Kem);
}

function withSecret({ ciphertext, sharedSecret }: Encapsulation): {
  ciphertext: Uint8Array;
  sharedSecret: Secret;
} {
  return { ciphertext, sharedSecret: Secret.take(sharedSecret) };
}
