import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { Secret } from "../bytes/index.js";
import { type Encapsulation, type MlKemArithmetic } from "./ml-kem.js";

/** Encapsulates deterministically: `message` is the 32 random bytes m. */
export function encapsulateWith(publicKey: Uint8Array, message: Uint8Array): Encapsulation {
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey, message);
  return { ciphertext: cipherText, sharedSecret };
}

/** ML-KEM-768 in JavaScript. */
export const nobleMlKem: MlKemArithmetic<Secret> = {
  importSeed: seed => {
    const { secretKey, publicKey } = ml_kem768.keygen(seed);
    return { material: Secret.take(secretKey), publicKey };
  },
  encapsulate: encapsulateWith,
  decapsulate: (secretKey, ciphertext) => ml_kem768.decapsulate(ciphertext, secretKey.expose()),
  erase: secretKey => secretKey.dispose(),
};
