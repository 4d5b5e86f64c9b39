import { SessionError } from "../errors/index.js";

/** Lengths in bytes of ML-KEM-768. @see FIPS 203, table 3 */
export const mlKem768Lengths = {
  seed: 64,
  message: 32,
  publicKey: 1184,
  ciphertext: 1088,
  sharedSecret: 32,
} as const;

const modulus = 3329;
/** The coefficients come first, two in three bytes; the last 32 bytes are the matrix seed. */
const coefficientBytes = mlKem768Lengths.publicKey - 32;

/**
 * The checks of an encapsulation key: its length, and that every coefficient is below the modulus.
 *
 * @throws kem-public-key-invalid
 * @see FIPS 203, section 7.2
 */
export function checkEncapsulationKey(publicKey: Uint8Array): void {
  if (publicKey.length !== mlKem768Lengths.publicKey) {
    throw new SessionError(
      "kem-public-key-invalid",
      `A public key of ML-KEM-768 is ${mlKem768Lengths.publicKey} bytes, not ${publicKey.length}.`,
    );
  }
  for (let i = 0; i < coefficientBytes; i += 3) {
    const [low, middle, high] = [publicKey[i]!, publicKey[i + 1]!, publicKey[i + 2]!];
    if ((low | ((middle & 0x0f) << 8)) >= modulus || ((middle >> 4) | (high << 4)) >= modulus) {
      throw new SessionError(
        "kem-public-key-invalid",
        `This public key of ML-KEM-768 has a coefficient of ${modulus} or more.`,
      );
    }
  }
}

/** The check of a ciphertext: its length. @throws kem-ciphertext-invalid @see FIPS 203, section 7.3 */
export function checkCiphertext(ciphertext: Uint8Array): void {
  if (ciphertext.length !== mlKem768Lengths.ciphertext) {
    throw new SessionError(
      "kem-ciphertext-invalid",
      `A ciphertext of ML-KEM-768 is ${mlKem768Lengths.ciphertext} bytes, not ${ciphertext.length}.`,
    );
  }
}
