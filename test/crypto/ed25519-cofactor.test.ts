import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes/index.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

const { Point } = ed25519;
const order = Point.Fn.ORDER;
/** A point of order 8. */
const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");

/** A signature under secret scalar 7 whose commitment, or whose public key, has a part of small order added. */
function signWithTorsion(
  message: Uint8Array,
  where: "commitment" | "key",
): { publicKey: Uint8Array; signature: Uint8Array } {
  const [secret, nonce] = [7n, 11n];
  const key = Point.BASE.multiply(secret).add(where === "key" ? torsion : Point.ZERO);
  const commitment = Point.BASE.multiply(nonce).add(where === "commitment" ? torsion : Point.ZERO);
  const [publicKey, first] = [key.toBytes(), commitment.toBytes()];
  const challenge = bytesToNumberLE(sha512(concat(first, publicKey, message))) % order;
  const second = numberToBytesLE((nonce + challenge * secret) % order, 32);
  return { publicKey, signature: concat(first, second) };
}

describe("Ed25519 and the cofactor", () => {
  it("a signature that holds only after multiplication by the cofactor is false with both providers", () => {
    // The challenge must not be a multiple of 8, which would hide the key's part of small order.
    for (let i = 0; i < 8; i++) {
      const message = Uint8Array.of(i);
      const { publicKey, signature } = signWithTorsion(message, "commitment");
      expect(ed25519.verify(signature, message, publicKey, { zip215: false })).toBe(true);
      expect(nodeProvider.signature.verify(publicKey, message, signature)).toBe(false);
      expect(nobleProvider.signature.verify(publicKey, message, signature)).toBe(false);
    }
  });

  it("both providers decide alike on keys with a part of small order", () => {
    const verdicts = Array.from({ length: 64 }, (_, i) => {
      const message = Uint8Array.of(i);
      const { publicKey, signature } = signWithTorsion(message, "key");
      const [ofNode, ofNoble] = [nodeProvider, nobleProvider].map(provider =>
        provider.signature.verify(publicKey, message, signature),
      );
      expect(ofNoble).toBe(ofNode);
      return ofNode;
    });
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });
});
