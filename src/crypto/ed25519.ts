import { SessionError } from "../errors/index.js";
import { KeyPairVault } from "./key-pair-vault.js";
import { drawRandom, requireLength } from "./lengths.js";
import type { Signature } from "./provider.js";
import { checkCoordinate, ed25519Rules } from "./public-key-check.js";

const seedLength = 32;
const signatureLength = 64;

/** Ed25519 as a provider has it; `Material` is its form of a secret key. */
export interface Ed25519Arithmetic<Material> {
  /** Copies `seed`, 32 bytes, and computes its public key. */
  importSeed(seed: Uint8Array): { readonly material: Material; readonly publicKey: Uint8Array };
  sign(material: Material, message: Uint8Array): Uint8Array;
  /**
   * The equation without the cofactor, the first half of the signature compared as bytes, its second half below the group's order;
   * `publicKey` is canonical and not of low order, but need not be a point.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  erase(material: Material): void;
}

/**
 * Ed25519 over `arithmetic`: what is the same for every provider. Public keys that are not canonical or of low order verify
 * nothing, so that a signature holds for one key and one message only, and every provider accepts the same ones.
 *
 * @see RFC 8032, section 5.1
 */
export function makeEd25519<Material>(arithmetic: Ed25519Arithmetic<Material>): Signature {
  const vault = new KeyPairVault<Material>(material => arithmetic.erase(material));
  const signature: Signature = {
    name: "Ed25519",
    generateKeyPair: random => {
      const seed = drawRandom(random, seedLength);
      try {
        return signature.importKeyPair(seed);
      } finally {
        seed.fill(0);
      }
    },
    importKeyPair: seed => {
      requireLength(seed, seedLength, "seed");
      const { publicKey, material } = arithmetic.importSeed(seed);
      return vault.hold(publicKey, material);
    },
    sign: (pair, message) => arithmetic.sign(vault.materialOf(pair), message),
    verify: (publicKey, message, bytes) =>
      bytes.length === signatureLength &&
      isAcceptable(publicKey) &&
      arithmetic.verify(publicKey, message, bytes),
  };
  return Object.freeze(signature);
}

function isAcceptable(publicKey: Uint8Array): boolean {
  const y = Uint8Array.from(publicKey);
  if (y.length === ed25519Rules.length) y[31]! &= 0x7f;
  try {
    checkCoordinate(ed25519Rules, y);
    return true;
  } catch (error) {
    if (SessionError.is(error)) return false;
    throw error;
  }
}
