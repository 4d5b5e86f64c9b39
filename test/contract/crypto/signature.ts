import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RandomSource } from "../../../src/bytes/index.js";
import type { Signature } from "../../../src/crypto/index.js";
import { bytesOf, bytesUpTo, fixed, flipped, sourceOf } from "./arbitraries.js";
import { ed25519Values, hex } from "./published-values.js";
import { expectRefusal } from "./refusals.js";

const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same signature with the group's order added to its second half: it holds where nobody checks that half. */
function malleated(signature: Uint8Array): Uint8Array {
  let response = order;
  signature.subarray(32).forEach((byte, i) => (response += BigInt(byte) << BigInt(8 * i)));
  const copy = Uint8Array.from(signature);
  for (let i = 0; i < 32; i++) copy[32 + i] = Number((response >> BigInt(8 * i)) & 0xffn);
  return copy;
}

const identity = hex("01" + "00".repeat(31));

/** Encodings of points of small order, canonical or not, with either sign. */
export const smallOrderKeys = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].flatMap(text => {
  const withSign = hex(text);
  withSign[31]! |= 0x80;
  return [hex(text), withSign];
});

/** What Ed25519 of every provider must do. */
export function describeSignature(signature: Signature, random: RandomSource): void {
  describe("Ed25519", () => {
    it("gives the published keys and signatures", () => {
      for (const value of ed25519Values) {
        const pair = signature.importKeyPair(value.seed);
        expect(pair.publicKey).toEqual(value.publicKey);
        expect(signature.sign(pair, value.message)).toEqual(value.signature);
        expect(signature.verify(value.publicKey, value.message, value.signature)).toBe(true);
      }
    });

    it("verifies what it signed", () => {
      fc.assert(
        fc.property(bytesOf(32), bytesUpTo(300), (seed, message) => {
          const pair = signature.generateKeyPair(sourceOf(seed));
          expect(signature.verify(pair.publicKey, message, signature.sign(pair, message))).toBe(true);
        }),
        { ...fixed, numRuns: 25 },
      );
    });

    it("any flipped bit of key, message or signature is false", () => {
      const { seed, publicKey, message, signature: published } = ed25519Values[2];
      expect(signature.importKeyPair(seed).publicKey).toEqual(publicKey);
      fc.assert(
        fc.property(fc.nat(), bit => {
          expect(signature.verify(flipped(publicKey, bit), message, published)).toBe(false);
          expect(signature.verify(publicKey, flipped(message, bit), published)).toBe(false);
          expect(signature.verify(publicKey, message, flipped(published, bit))).toBe(false);
        }),
        { ...fixed, numRuns: 50 },
      );
    });

    it("malformed keys and signatures are false, and no errors", () => {
      const { publicKey, message, signature: published } = ed25519Values[1];
      for (const length of [0, 31, 33, 64]) {
        expect(signature.verify(new Uint8Array(length).fill(9), message, published)).toBe(false);
      }
      for (const length of [0, 32, 63, 65, 128]) {
        expect(signature.verify(publicKey, message, new Uint8Array(length))).toBe(false);
      }
      const notAPoint = hex("02" + "00".repeat(31));
      expect(signature.verify(notAPoint, message, published)).toBe(false);
    });

    it("a signature has one spelling: its second half is below the group's order", () => {
      for (const value of ed25519Values) {
        expect(signature.verify(value.publicKey, value.message, malleated(value.signature))).toBe(false);
      }
    });

    it("H24 H25 keys of small order and non-canonical keys verify nothing", () => {
      // R the identity and S zero: holds for any message under a key of small order, by the equation alone.
      const forged = Uint8Array.of(...identity, ...new Uint8Array(32));
      for (const publicKey of smallOrderKeys) {
        for (let message = 0; message < 16; message++) {
          expect(signature.verify(publicKey, Uint8Array.of(message), forged)).toBe(false);
        }
      }
    });

    it("refuses seeds of another length, foreign pairs and disposed ones", () => {
      for (const length of [0, 31, 33, 64]) {
        expectRefusal("invalid-argument", () => signature.importKeyPair(new Uint8Array(length)));
        expectRefusal("invalid-argument", () => signature.generateKeyPair(() => new Uint8Array(length)));
      }
      const pair = signature.generateKeyPair(random);
      const stranger = { publicKey: pair.publicKey, dispose: () => undefined };
      expectRefusal("invalid-argument", () => signature.sign(stranger, identity));
      pair.dispose();
      expectRefusal("secret-disposed", () => signature.sign(pair, identity));
    });
  });
}
