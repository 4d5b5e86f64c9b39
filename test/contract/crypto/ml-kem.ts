import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RandomSource } from "../../../src/bytes/index.js";
import type { Kem } from "../../../src/crypto/index.js";
import { bytesOf, fixed, flipped, sourceOf } from "./arbitraries.js";
import { expectRefusal } from "./refusals.js";

const few = { ...fixed, numRuns: 10 };

/** Sets coefficient `index` (of 768) of a public key to `value`, 12 bits. */
function withCoefficient(publicKey: Uint8Array, index: number, value: number): Uint8Array {
  const copy = Uint8Array.from(publicKey);
  const offset = 3 * (index >> 1);
  if (index % 2 === 0) {
    copy[offset] = value;
    copy[offset + 1] = (copy[offset + 1]! & 0xf0) | (value >> 8);
  } else {
    copy[offset + 1] = (copy[offset + 1]! & 0x0f) | (value << 4);
    copy[offset + 2] = value >> 4;
  }
  return copy;
}

/** What ML-KEM-768 of every provider must do. */
export function describeKem(kem: Kem, random: RandomSource): void {
  describe("ML-KEM-768", () => {
    it("has the lengths of FIPS 203, table 3", () => {
      const { name, publicKeyLength, ciphertextLength, sharedSecretLength } = kem;
      expect({ name, publicKeyLength, ciphertextLength, sharedSecretLength }).toEqual({
        name: "MLKEM768",
        publicKeyLength: 1184,
        ciphertextLength: 1088,
        sharedSecretLength: 32,
      });
    });

    it("both ends agree", () => {
      for (const [forKeys, forMessage] of [
        [random, random],
        [sourceOf(new Uint8Array(64).fill(1)), sourceOf(new Uint8Array(32).fill(2))],
      ] as const) {
        const pair = kem.generateKeyPair(forKeys);
        const { ciphertext, sharedSecret } = kem.encapsulate(pair.publicKey, forMessage);
        expect([pair.publicKey.length, ciphertext.length, sharedSecret.length]).toEqual([1184, 1088, 32]);
        expect(kem.decapsulate(pair, ciphertext).expose()).toEqual(sharedSecret.expose());
      }
    });

    it("is a function of what it draws: 64 bytes for a pair, 32 for a ciphertext", () => {
      fc.assert(
        fc.property(bytesOf(64), bytesOf(32), (seed, message) => {
          const [first, second] = [kem.generateKeyPair(sourceOf(seed)), kem.generateKeyPair(sourceOf(seed))];
          expect(second.publicKey).toEqual(first.publicKey);
          const [one, other] = [
            kem.encapsulate(first.publicKey, sourceOf(message)),
            kem.encapsulate(first.publicKey, sourceOf(message)),
          ];
          expect(other.ciphertext).toEqual(one.ciphertext);
          expect(other.sharedSecret.expose()).toEqual(one.sharedSecret.expose());
          expect(kem.decapsulate(second, one.ciphertext).expose()).toEqual(one.sharedSecret.expose());
        }),
        few,
      );
    });

    it("draws anew from the system's randomness each time", () => {
      const pair = kem.generateKeyPair(random);
      expect(kem.generateKeyPair(random).publicKey).not.toEqual(pair.publicKey);
      const [one, other] = [kem.encapsulate(pair.publicKey, random), kem.encapsulate(pair.publicKey, random)];
      expect(other.ciphertext).not.toEqual(one.ciphertext);
      expect(other.sharedSecret.expose()).not.toEqual(one.sharedSecret.expose());
    });

    it("gives an unrelated secret for a changed ciphertext, the same one each time (implicit rejection)", () => {
      const pair = kem.generateKeyPair(sourceOf(new Uint8Array(64).fill(3)));
      const { ciphertext, sharedSecret } = kem.encapsulate(pair.publicKey, random);
      fc.assert(
        fc.property(fc.nat(8 * 1088 - 1), bit => {
          const rejected = kem.decapsulate(pair, flipped(ciphertext, bit)).expose();
          expect(rejected).toHaveLength(32);
          expect(rejected).not.toEqual(sharedSecret.expose());
          expect(kem.decapsulate(pair, flipped(ciphertext, bit)).expose()).toEqual(rejected);
        }),
        few,
      );
    });

    it("refuses a public key with any coefficient of 3329 or more, and takes 3328", () => {
      const { publicKey } = kem.generateKeyPair(random);
      for (const index of [0, 1, 2, 383, 384, 766, 767]) {
        for (const value of [3329, 3330, 4095]) {
          expectRefusal("kem-public-key-invalid", () =>
            kem.encapsulate(withCoefficient(publicKey, index, value), random),
          );
        }
        expect(() => kem.encapsulate(withCoefficient(publicKey, index, 3328), random)).not.toThrow();
      }
    });

    it("refuses public keys and ciphertexts of another length", () => {
      const pair = kem.generateKeyPair(random);
      for (const length of [0, 32, 800, 1183, 1185, 1568]) {
        expectRefusal("kem-public-key-invalid", () => kem.encapsulate(new Uint8Array(length), random));
      }
      for (const length of [0, 32, 768, 1087, 1089, 1568]) {
        expectRefusal("kem-ciphertext-invalid", () => kem.decapsulate(pair, new Uint8Array(length)));
      }
    });

    it("refuses a source that gives another number of bytes than it was asked for", () => {
      const { publicKey } = kem.generateKeyPair(random);
      expectRefusal("invalid-argument", () => kem.generateKeyPair(() => new Uint8Array(32)));
      expectRefusal("invalid-argument", () => kem.encapsulate(publicKey, () => new Uint8Array(31)));
    });

    it("erases what it drew", () => {
      const [seed, message] = [new Uint8Array(64).fill(5), new Uint8Array(32).fill(6)];
      const { publicKey } = kem.generateKeyPair(() => seed);
      kem.encapsulate(publicKey, () => message);
      expect([seed, message]).toEqual([new Uint8Array(64), new Uint8Array(32)]);
    });

    it("refuses a pair that it did not make, and one that is disposed", () => {
      const pair = kem.generateKeyPair(random);
      const { ciphertext } = kem.encapsulate(pair.publicKey, random);
      const stranger = { publicKey: pair.publicKey, dispose: () => undefined };
      expectRefusal("invalid-argument", () => kem.decapsulate(stranger, ciphertext));
      pair.dispose();
      expectRefusal("secret-disposed", () => kem.decapsulate(pair, ciphertext));
    });
  });
}
