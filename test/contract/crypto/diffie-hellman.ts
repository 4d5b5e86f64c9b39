import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RandomSource } from "../../../src/bytes/index.js";
import type { Dh } from "../../../src/crypto/index.js";
import { bytesOf, fixed, sourceOf } from "./arbitraries.js";
import { dhValues } from "./published-values.js";
import { expectRefusal } from "./refusals.js";

/** Little-endian, `length` bytes. */
function littleEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

const primes = { "25519": 2n ** 255n - 19n, "448": 2n ** 448n - 2n ** 224n - 1n } as const;

/** Points of order 8 on Curve25519 or its twist, found by halving: u-coordinates that two doublings take to 1 or -1. */
const orderEight = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

/** What every Diffie-Hellman function of every provider must do. */
export function describeDh(dh: Dh, random: RandomSource): void {
  const { name, length } = dh;
  const values = dhValues[name];
  const prime = primes[name];
  const lowOrder = [0n, 1n, prime - 1n, ...(name === "25519" ? orderEight : [])];
  const shared = (secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array =>
    dh.sharedSecret(dh.importKeyPair(secretKey), publicKey).expose();

  describe(`DH ${name}`, () => {
    it("gives the published product", () => {
      expect(shared(values.scalar, values.coordinate)).toEqual(values.product);
    });

    it("gives the published key exchange", () => {
      expect(dh.importKeyPair(values.secretA).publicKey).toEqual(values.publicA);
      expect(dh.importKeyPair(values.secretB).publicKey).toEqual(values.publicB);
      expect(shared(values.secretA, values.publicB)).toEqual(values.shared);
      expect(shared(values.secretB, values.publicA)).toEqual(values.shared);
    });

    it("gives the published values after 1 and 1000 iterations", { timeout: 120_000 }, () => {
      let [scalar, coordinate] = [
        littleEndian(BigInt(values.base), length),
        littleEndian(BigInt(values.base), length),
      ];
      for (let i = 1; i <= 1000; i++) {
        [scalar, coordinate] = [shared(scalar, coordinate), scalar];
        if (i === 1) expect(scalar).toEqual(values.afterOne);
      }
      expect(scalar).toEqual(values.afterThousand);
    });

    it("both ends agree, and draw their keys from the source they are given", () => {
      fc.assert(
        fc.property(bytesOf(length), bytesOf(length), (a, b) => {
          const [pairA, pairB] = [dh.generateKeyPair(sourceOf(a)), dh.generateKeyPair(sourceOf(b))];
          expect(pairA.publicKey).toEqual(dh.importKeyPair(a).publicKey);
          expect(dh.sharedSecret(pairA, pairB.publicKey).expose()).toEqual(
            dh.sharedSecret(pairB, pairA.publicKey).expose(),
          );
        }),
        { ...fixed, numRuns: 25 },
      );
    });

    it("takes any secret key as it is stored, and clamps it in use alone", () => {
      const secretKey = new Uint8Array(length).fill(0xff);
      const clamped = Uint8Array.from(secretKey);
      clamped[0]! &= name === "25519" ? 0xf8 : 0xfc;
      if (name === "25519") clamped[31] = 0x7f;
      const kept = Uint8Array.from(secretKey);
      expect(dh.importKeyPair(secretKey).publicKey).toEqual(dh.importKeyPair(clamped).publicKey);
      expect(secretKey).toEqual(kept);
    });

    it("makes new pairs from the system's randomness", () => {
      expect(dh.generateKeyPair(random).publicKey).not.toEqual(dh.generateKeyPair(random).publicKey);
    });

    it("H24 refuses every point of low order", () => {
      const pair = dh.generateKeyPair(random);
      for (const point of lowOrder) {
        const publicKey = littleEndian(point, length);
        expectRefusal("public-key-low-order", () => dh.checkPublicKey(publicKey));
        expectRefusal("public-key-low-order", () => dh.sharedSecret(pair, publicKey));
      }
    });

    it("H25 refuses every value that is not below the prime", () => {
      const pair = dh.generateKeyPair(random);
      const limit = 2n ** BigInt(name === "25519" ? 255 : 448);
      const last =
        name === "25519"
          ? Array.from({ length: 19 }, (_, i) => prime + BigInt(i))
          : [prime, prime + 1n, limit - 1n];
      for (const value of last) {
        const publicKey = littleEndian(value, length);
        expectRefusal("public-key-not-canonical", () => dh.checkPublicKey(publicKey));
        expectRefusal("public-key-not-canonical", () => dh.sharedSecret(pair, publicKey));
      }
    });

    if (name === "25519")
      it("H25 refuses the high bit, on any key: the published one with it, and those of low order", () => {
        const pair = dh.generateKeyPair(random);
        const withHighBit = (publicKey: Uint8Array): Uint8Array => {
          const copy = Uint8Array.from(publicKey);
          copy[31]! |= 0x80;
          return copy;
        };
        for (const publicKey of [
          values.publicA,
          pair.publicKey,
          ...lowOrder.map(point => littleEndian(point, 32)),
        ]) {
          expectRefusal("public-key-not-canonical", () => dh.checkPublicKey(withHighBit(publicKey)));
          expectRefusal("public-key-not-canonical", () => dh.sharedSecret(pair, withHighBit(publicKey)));
        }
      });

    it("H25 takes the values on either side of those that it refuses", () => {
      for (const value of [2n, prime - 2n, BigInt(values.base)]) {
        expect(() => dh.checkPublicKey(littleEndian(value, length))).not.toThrow();
      }
    });

    it("refuses keys of another length", () => {
      const pair = dh.generateKeyPair(random);
      for (const other of [0, 1, length - 1, length + 1, 2 * length]) {
        expectRefusal("invalid-argument", () => dh.importKeyPair(new Uint8Array(other)));
        expectRefusal("invalid-argument", () => dh.generateKeyPair(() => new Uint8Array(other)));
        expectRefusal("public-key-malformed", () => dh.checkPublicKey(new Uint8Array(other).fill(9)));
        expectRefusal("public-key-malformed", () => dh.sharedSecret(pair, new Uint8Array(other).fill(9)));
      }
    });

    it("refuses a pair that it did not make, and one that is disposed", () => {
      const pair = dh.generateKeyPair(random);
      const stranger = { publicKey: pair.publicKey, dispose: () => undefined };
      expectRefusal("invalid-argument", () => dh.sharedSecret(stranger, values.publicA));
      pair.dispose();
      pair.dispose();
      expectRefusal("secret-disposed", () => dh.sharedSecret(pair, values.publicA));
    });

    it("copies the secret key, and erases what it drew", () => {
      const secretKey = Uint8Array.from(values.secretA);
      const pair = dh.importKeyPair(secretKey);
      secretKey.fill(0);
      expect(dh.sharedSecret(pair, values.publicB).expose()).toEqual(values.shared);
      const drawn = Uint8Array.from(values.secretA);
      expect(dh.generateKeyPair(() => drawn).publicKey).toEqual(values.publicA);
      expect(drawn).toEqual(new Uint8Array(length));
    });
  });
}
