import { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { KeyPairVault } from "./key-pair-vault.js";
import { drawRandom, requireLength } from "./lengths.js";
import type { Dh } from "./provider.js";
import { checkCoordinate, type CoordinateRules } from "./public-key-check.js";

/** The arithmetic of one curve, as a provider has it; `Material` is its form of a secret key. */
export interface DhArithmetic<Material> {
  /** Copies `secretKey`, which has the right length, and computes its public key. */
  importSecretKey(secretKey: Uint8Array): { readonly material: Material; readonly publicKey: Uint8Array };
  /** The shared secret with a public key that has been checked; a fresh array. */
  agree(material: Material, publicKey: Uint8Array): Uint8Array;
  erase(material: Material): void;
}

/** The Diffie-Hellman function `name` over `arithmetic`: what is the same for every provider. */
export function makeDh<Material>(
  name: Dh["name"],
  rules: CoordinateRules,
  arithmetic: DhArithmetic<Material>,
): Dh {
  const { length } = rules;
  const vault = new KeyPairVault<Material>(material => arithmetic.erase(material));
  const dh: Dh = {
    name,
    length,
    generateKeyPair: random => {
      const secretKey = drawRandom(random, length);
      try {
        return dh.importKeyPair(secretKey);
      } finally {
        secretKey.fill(0);
      }
    },
    importKeyPair: secretKey => {
      requireLength(secretKey, length, "secret key");
      const { publicKey, material } = arithmetic.importSecretKey(secretKey);
      return vault.hold(publicKey, material);
    },
    checkPublicKey: publicKey => checkCoordinate(rules, publicKey),
    sharedSecret: (pair, publicKey) => {
      const material = vault.materialOf(pair);
      checkCoordinate(rules, publicKey);
      return takeSharedSecret(arithmetic.agree(material, publicKey));
    },
  };
  return Object.freeze(dh);
}

/**
 * Takes `bytes` over as a shared secret, unless they are all zeros; that is found in constant time.
 *
 * @throws public-key-low-order
 * @see RFC 7748, section 6.1
 */
export function takeSharedSecret(bytes: Uint8Array): Secret {
  let bits = 0;
  for (const byte of bytes) bits |= byte;
  if (bits === 0) throw new SessionError("public-key-low-order", "The shared secret is all zeros.");
  return Secret.take(bytes);
}
