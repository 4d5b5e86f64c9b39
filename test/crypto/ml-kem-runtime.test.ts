import * as crypto from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RandomSource } from "../../src/bytes/index.js";
import { nativeMlKem768, nodeMlKem768 } from "../../src/crypto/node-ml-kem.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

const hasMlKem = "encapsulate" in crypto && Number(process.versions.openssl.split(".", 2).join(".")) >= 3.5;

describe("ML-KEM-768 of the runtime", () => {
  it("is used where the runtime has it", () => {
    expect(nativeMlKem768 !== undefined).toBe(hasMlKem);
    expect(nodeProvider.kem).toBe(nodeMlKem768);
    if (nativeMlKem768 !== undefined) expect(nodeMlKem768).toBe(nativeMlKem768);
  });

  it("draws from the source it is given whenever that is not the system's own", () => {
    const pair = nodeProvider.kem.generateKeyPair(nodeProvider.random);
    let drawn = 0;
    const counting: RandomSource = length => {
      drawn += length;
      return nodeProvider.random(length);
    };
    const { ciphertext, sharedSecret } = nodeProvider.kem.encapsulate(pair.publicKey, counting);
    expect(drawn).toBe(32);
    expect(nodeProvider.kem.decapsulate(pair, ciphertext).expose()).toEqual(sharedSecret.expose());
  });

  it("agrees with noble's on the seed, and each decapsulates what the other encapsulated", () => {
    const seed: RandomSource = length => new Uint8Array(length).fill(0x21);
    const [native, noble] = [nodeProvider.kem.generateKeyPair(seed), nobleProvider.kem.generateKeyPair(seed)];
    expect(native.publicKey).toEqual(noble.publicKey);
    for (const provider of [nodeProvider, nobleProvider]) {
      const { ciphertext, sharedSecret } = provider.kem.encapsulate(native.publicKey, provider.random);
      expect(nodeProvider.kem.decapsulate(native, ciphertext).expose()).toEqual(sharedSecret.expose());
      expect(nobleProvider.kem.decapsulate(noble, ciphertext).expose()).toEqual(sharedSecret.expose());
    }
  });
});
