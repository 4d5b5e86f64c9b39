import { mod } from "@noble/curves/abstract/modular.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, Secret } from "../bytes/index.js";
import { makeEd25519 } from "./ed25519.js";
import type { Signature } from "./provider.js";

const { Point } = ed25519;
const order = Point.Fn.ORDER;

/** Ed25519 in JavaScript. */
export const nobleEd25519: Signature = makeEd25519<Secret>({
  importSeed: seed => ({ material: Secret.copy(seed), publicKey: ed25519.getPublicKey(seed) }),
  sign: (seed, message) => ed25519.sign(message, seed.expose()),
  verify,
  erase: seed => seed.dispose(),
});

/** The equation without the cofactor, as other providers have it; noble's own multiplies by the cofactor and so accepts more. */
function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const commitment = signature.subarray(0, 32);
  const response = bytesToNumberLE(signature.subarray(32));
  if (response >= order) return false;
  const negatedKey = decodeNegated(publicKey);
  if (negatedKey === undefined) return false;
  const challenge = mod(bytesToNumberLE(sha512(concat(commitment, publicKey, message))), order);
  const point = Point.BASE.multiplyUnsafe(response).add(negatedKey.multiplyUnsafe(challenge));
  return point.toBytes().every((byte, i) => byte === commitment[i]);
}

function decodeNegated(publicKey: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(publicKey).negate();
  } catch {
    return undefined;
  }
}
