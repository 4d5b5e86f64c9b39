import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Aead, CryptoProvider, Dh, ExtraAlgorithms, Hash } from "../../src/crypto/index.js";
import { nobleExtra } from "../../src/crypto/noble-extra.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeExtra } from "../../src/crypto/node-extra.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";
import { bytesOf, bytesUpTo, fixed, sourceOf } from "../contract/crypto/arbitraries.js";
import { hex } from "../contract/crypto/published-values.js";
import { smallOrderKeys } from "../contract/crypto/signature.js";

type Algorithms = CryptoProvider & ExtraAlgorithms;
const node: Algorithms = { ...nodeProvider, ...nodeExtra };
const noble: Algorithms = { ...nobleProvider, ...nobleExtra };

/** What `action` gives with each provider: its result, or the code that it throws. */
function both<Result>(action: (algorithms: Algorithms) => Result): [unknown, unknown] {
  const outcome = (algorithms: Algorithms): unknown => {
    try {
      return action(algorithms);
    } catch (error) {
      if (SessionError.is(error)) return error.code;
      throw error;
    }
  };
  return [outcome(node), outcome(noble)];
}

function expectAgreement<Result>(action: (algorithms: Algorithms) => Result): void {
  const [ofNode, ofNoble] = both(action);
  expect(ofNode).toEqual(ofNoble);
}

const few = { ...fixed, numRuns: 20 };

describe("both providers", () => {
  it.each(["aead", "aesgcm"] as const)("seal the same bytes: %s", which => {
    const inputs = [bytesOf(32), bytesOf(12), bytesUpTo(300), bytesUpTo(2048)] as const;
    fc.assert(
      fc.property(...inputs, (key, nonce, associatedData, plaintext) => {
        expectAgreement(algorithms => {
          const aead: Aead = algorithms[which];
          const [ciphertext, tag] = [new Uint8Array(plaintext.length), new Uint8Array(16)];
          aead.key(key).seal(nonce, associatedData, plaintext, ciphertext, tag);
          return [ciphertext, tag];
        });
      }),
      fixed,
    );
  });

  it.each(["aead", "aesgcm"] as const)("open what the other sealed: %s", which => {
    fc.assert(
      fc.property(bytesOf(32), bytesOf(12), bytesUpTo(100), (key, nonce, plaintext) => {
        for (const [sealer, opener] of [
          [node, noble],
          [noble, node],
        ] as const) {
          const [buffer, tag] = [Uint8Array.from(plaintext), new Uint8Array(16)];
          sealer[which].key(key).seal(nonce, nonce, buffer, buffer, tag);
          expect(opener[which].key(key).open(nonce, nonce, buffer, tag, buffer)).toBe(true);
          expect(buffer).toEqual(plaintext);
        }
      }),
      few,
    );
  });

  it.each(["dh", "x448"] as const)("compute the same public keys and shared secrets: %s", which => {
    const { length } = node[which];
    fc.assert(
      fc.property(bytesOf(length), bytesOf(length), (secretKey, other) => {
        expectAgreement(algorithms => {
          const dh: Dh = algorithms[which];
          const publicKey = dh.importKeyPair(other).publicKey;
          const pair = dh.importKeyPair(secretKey);
          return [pair.publicKey, dh.sharedSecret(pair, publicKey).expose()];
        });
      }),
      few,
    );
  });

  it.each(["dh", "x448"] as const)(
    "H24 H25 take and refuse the same public keys, by the same code: %s",
    which => {
      const { length } = node[which];
      const nearEdges = fc
        .tuple(fc.constantFrom(0x00, 0xff), fc.nat(255), fc.nat(255))
        .map(([fill, first, last]) => {
          const bytes = new Uint8Array(length).fill(fill);
          bytes[0] = first;
          bytes[length - 1] = last;
          return bytes;
        });
      fc.assert(
        fc.property(fc.oneof(bytesOf(length), nearEdges, bytesUpTo(2 * length)), publicKey => {
          expectAgreement(algorithms => {
            const dh = algorithms[which];
            return dh.sharedSecret(dh.importKeyPair(new Uint8Array(length).fill(1)), publicKey).expose();
          });
        }),
        { ...fixed, numRuns: 60 },
      );
    },
  );

  it("make the same ML-KEM pairs and ciphertexts, and decapsulate alike", () => {
    fc.assert(
      fc.property(bytesOf(64), bytesOf(32), bytesOf(1088), (seed, message, garbage) => {
        expectAgreement(({ kem }) => {
          const pair = kem.generateKeyPair(sourceOf(seed));
          const { ciphertext, sharedSecret } = kem.encapsulate(pair.publicKey, sourceOf(message));
          const secrets = [sharedSecret, kem.decapsulate(pair, ciphertext), kem.decapsulate(pair, garbage)];
          return [pair.publicKey, ciphertext, ...secrets.map(secret => secret.expose())];
        });
      }),
      few,
    );
  });

  it("decapsulate what the other encapsulated with the system's randomness", () => {
    for (const [sender, receiver] of [
      [node, noble],
      [noble, node],
    ] as const) {
      const pair = receiver.kem.generateKeyPair(receiver.random);
      const { ciphertext, sharedSecret } = sender.kem.encapsulate(pair.publicKey, sender.random);
      expect(receiver.kem.decapsulate(pair, ciphertext).expose()).toEqual(sharedSecret.expose());
    }
  });

  it.each(["hash", "sha512", "blake2s", "blake2b"] as const)(
    "compute the same digests, HMACs and HKDF: %s",
    which => {
      fc.assert(
        fc.property(
          bytesUpTo(300),
          fc.array(bytesUpTo(300), { maxLength: 4 }),
          fc.integer({ min: 1, max: 400 }),
          (key, parts, length) => {
            expectAgreement(algorithms => {
              const hash: Hash = algorithms[which];
              const [salt = key, info = key] = parts;
              return [
                hash.hash(...parts),
                hash.hmac(key, ...parts),
                algorithms.hkdf(hash, key, salt, info, length),
              ];
            });
          },
        ),
        fixed,
      );
    },
  );

  it("sign the same bytes", () => {
    fc.assert(
      fc.property(bytesOf(32), bytesUpTo(300), (seed, message) => {
        expectAgreement(({ signature }) => {
          const pair = signature.importKeyPair(seed);
          return [pair.publicKey, signature.sign(pair, message)];
        });
      }),
      few,
    );
  });

  it("verify the same signatures, of any bytes whatever", () => {
    const key = nodeProvider.signature.importKeyPair(new Uint8Array(32)).publicKey;
    const keys = [...smallOrderKeys, key, hex("02" + "00".repeat(31)), hex("ff".repeat(32))];
    const halves = fc.oneof(bytesOf(32), fc.constantFrom(...keys), fc.constant(new Uint8Array(32)));
    fc.assert(
      fc.property(fc.constantFrom(...keys), halves, halves, bytesUpTo(3), (publicKey, r, s, message) => {
        expectAgreement(({ signature }) => signature.verify(publicKey, message, Uint8Array.of(...r, ...s)));
      }),
      { ...fixed, numRuns: 300 },
    );
  });

  it("refuse each other's key pairs", () => {
    for (const [maker, user] of [
      [node, noble],
      [noble, node],
    ] as const) {
      const pair = maker.dh.generateKeyPair(maker.random);
      const kemPair = maker.kem.generateKeyPair(maker.random);
      const signaturePair = maker.signature.generateKeyPair(maker.random);
      const refused = expect.objectContaining({ code: "invalid-argument" });
      expect(() => user.dh.sharedSecret(pair, pair.publicKey)).toThrow(refused);
      expect(() => maker.x448.sharedSecret(pair, maker.x448.generateKeyPair(maker.random).publicKey)).toThrow(
        refused,
      );
      expect(() => user.kem.decapsulate(kemPair, new Uint8Array(1088))).toThrow(refused);
      expect(() => user.signature.sign(signaturePair, pair.publicKey)).toThrow(refused);
    }
  });
});
