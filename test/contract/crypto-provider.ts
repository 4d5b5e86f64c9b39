import { describe } from "vitest";
import type { CryptoProvider, ExtraAlgorithms } from "../../src/crypto/index.js";
import { describeAead } from "./crypto/aead.js";
import { describeDh } from "./crypto/diffie-hellman.js";
import { describeHash, describeHkdf } from "./crypto/hash.js";
import { describeKem } from "./crypto/ml-kem.js";
import { describeRandom } from "./crypto/random.js";
import { describeRedaction } from "./crypto/redaction.js";
import { describeSignature } from "./crypto/signature.js";

/** The contract that every provider passes, with its further algorithms. */
export function describeCryptoProvider(name: string, provider: CryptoProvider, extra: ExtraAlgorithms): void {
  describe(`crypto provider ${name}`, () => {
    for (const aead of [provider.aead, extra.aesgcm]) describeAead(aead);
    for (const dh of [provider.dh, extra.x448]) describeDh(dh, provider.random);
    describeKem(provider.kem, provider.random);
    for (const hash of [provider.hash, extra.sha512, extra.blake2s, extra.blake2b]) describeHash(hash);
    describeHkdf(provider.hkdf, provider.hash, [extra.sha512, extra.blake2s, extra.blake2b]);
    describeSignature(provider.signature, provider.random);
    describeRandom(provider.random);
    describeRedaction(provider, extra);
  });
}
