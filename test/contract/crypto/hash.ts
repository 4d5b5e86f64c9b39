import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "../../../src/bytes/index.js";
import type { Hash, Hkdf } from "../../../src/crypto/index.js";
import { bytesUpTo, fixed } from "./arbitraries.js";
import { hashValues, hkdfValues, hmacValues } from "./published-values.js";
import { expectRefusal } from "./refusals.js";

const lengths = { SHA256: [32, 64], SHA512: [64, 128], BLAKE2s: [32, 64], BLAKE2b: [64, 128] } as const;
const abc = new TextEncoder().encode("abc");

/** HMAC from its definition. @see RFC 2104, section 2 */
function hmacByDefinition(hash: Hash, key: Uint8Array, data: Uint8Array): Uint8Array {
  const block = new Uint8Array(hash.blockLength);
  block.set(key.length > hash.blockLength ? hash.hash(key) : key);
  const [inner, outer] = [block.map(byte => byte ^ 0x36), block.map(byte => byte ^ 0x5c)];
  return hash.hash(outer, hash.hash(inner, data));
}

/** What every hash function of every provider must do. */
export function describeHash(hash: Hash): void {
  describe(hash.name, () => {
    it("has the lengths that it says", () => {
      expect([hash.hashLength, hash.blockLength]).toEqual(lengths[hash.name]);
      expect(hash.hash()).toHaveLength(hash.hashLength);
      expect(hash.hmac(abc)).toHaveLength(hash.hashLength);
    });

    it("gives the published digest", () => {
      expect(hash.hash(abc)).toEqual(hashValues[hash.name]);
      expect(hash.hash(abc.subarray(0, 1), new Uint8Array(0), abc.subarray(1))).toEqual(
        hashValues[hash.name],
      );
    });

    it("gives the published HMAC", () => {
      const { name } = hash;
      if (name !== "SHA256" && name !== "SHA512") return;
      for (const value of hmacValues) expect(hash.hmac(value.key, value.data)).toEqual(value[name]);
    });

    it("HMAC is that of RFC 2104, for keys shorter than, as long as and longer than a block", () => {
      fc.assert(
        fc.property(bytesUpTo(300), fc.array(bytesUpTo(200), { maxLength: 4 }), (key, parts) => {
          expect(hash.hmac(key, ...parts)).toEqual(hmacByDefinition(hash, key, concat(...parts)));
        }),
        fixed,
      );
    });

    it("takes a message in parts, and leaves key and parts as they were", () => {
      fc.assert(
        fc.property(fc.array(bytesUpTo(200), { maxLength: 5 }), parts => {
          const before = parts.map(part => Uint8Array.from(part));
          expect(hash.hash(...parts)).toEqual(hash.hash(concat(...parts)));
          expect(parts).toEqual(before);
        }),
        fixed,
      );
    });

    it("gives arrays that the caller owns: writing into one changes no other", () => {
      const first = hash.hash(abc);
      first.fill(0);
      expect(hash.hash(abc)).toEqual(hashValues[hash.name]);
      expect(first.buffer.byteLength).toBe(hash.hashLength);
    });
  });
}

/** What HKDF of every provider must do. */
export function describeHkdf(hkdf: Hkdf, sha256: Hash, others: readonly Hash[]): void {
  const none = new Uint8Array(0);

  describe("HKDF", () => {
    it("gives the published output, and every prefix of it", () => {
      for (const { inputKeyMaterial, salt, info, output } of hkdfValues) {
        for (let length = 1; length <= output.length; length++) {
          expect(hkdf(sha256, inputKeyMaterial, salt, info, length)).toEqual(output.subarray(0, length));
        }
      }
    });

    it("gives 1 to 255 digests, and refuses any other length", () => {
      for (const hash of [sha256, ...others]) {
        const limit = 255 * hash.hashLength;
        expect(hkdf(hash, abc, none, none, limit)).toHaveLength(limit);
        for (const length of [0, -1, 1.5, Number.NaN, limit + 1, Infinity]) {
          expectRefusal("invalid-argument", () => hkdf(hash, abc, none, none, length));
        }
      }
    });

    it("an empty salt is one of zeros, as long as a digest", () => {
      for (const hash of [sha256, ...others]) {
        const zeros = new Uint8Array(hash.hashLength);
        expect(hkdf(hash, abc, none, abc, 99)).toEqual(hkdf(hash, abc, zeros, abc, 99));
      }
    });
  });
}
