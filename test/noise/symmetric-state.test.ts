import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes/index.js";
import { CipherState, SymmetricState } from "../../src/noise/index.js";
import { algorithms, codeOf, provider, seededRandom } from "./support.js";

const none = new Uint8Array(0);
const { aead } = provider;

describe.each(algorithms.hash)("SymmetricState with $name", hash => {
  const { hashLength } = hash;
  const begin = (name: string): SymmetricState => SymmetricState.initialize(name, aead, hash);
  const chainingKey = (state: SymmetricState): Uint8Array => state.exportChainingKey().expose();

  /** HKDF of the specification is that of RFC 5869 with the chaining key as salt and no info. */
  const derive = (state: SymmetricState, input: Uint8Array, count: number): Uint8Array[] => {
    const all = provider.hkdf(hash, input, chainingKey(state), none, count * hashLength);
    return Array.from({ length: count }, (_, i) => all.subarray(i * hashLength, (i + 1) * hashLength));
  };
  const encryptUnder = (key: Uint8Array, ad: Uint8Array): Uint8Array => {
    const cipher = new CipherState(aead);
    cipher.initializeKey(key.subarray(0, 32));
    return cipher.encryptWithAd(ad, utf8("text"));
  };

  it("begins with the name itself up to the length of a digest, and with its digest beyond", () => {
    for (const length of [hashLength - 1, hashLength]) {
      const name = "n".repeat(length);
      expect(begin(name).handshakeHash).toEqual(concat(utf8(name), new Uint8Array(hashLength - length)));
    }
    const long = "n".repeat(hashLength + 1);
    expect(begin(long).handshakeHash).toEqual(hash.hash(utf8(long)));
    expect(chainingKey(begin(long))).toEqual(hash.hash(utf8(long)));
  });

  it("mixes keys by HKDF", () => {
    const state = begin("Noise");
    const input = seededRandom("input")(32);
    const [ck, key] = derive(state, input, 2);
    state.mixKey(input);
    expect(chainingKey(state)).toEqual(ck);
    expect(state.encryptAndHash(utf8("text"))).toEqual(encryptUnder(key!, begin("Noise").handshakeHash));
  });

  it("mixes keys and hash by HKDF with three outputs", () => {
    const state = begin("Noise");
    const [ck, mixed, key] = derive(state, utf8("psk"), 3);
    const h = hash.hash(state.handshakeHash, mixed!);
    state.mixKeyAndHash(utf8("psk"));
    expect(chainingKey(state)).toEqual(ck);
    expect(state.handshakeHash).toEqual(h);
    expect(state.encryptAndHash(utf8("text"))).toEqual(encryptUnder(key!, h));
  });

  it("splits by HKDF of nothing", () => {
    const state = begin("Noise");
    const keys = derive(state, none, 2);
    state.split().forEach((cipher, i) => {
      expect(cipher.encryptWithAd(none, utf8("text"))).toEqual(encryptUnder(keys[i]!, none));
    });
  });

  it("is independent of its clone", () => {
    const state = begin("Noise");
    state.mixKey(utf8("input"));
    const clone = state.clone();
    const h = state.handshakeHash;
    const ciphertext = state.encryptAndHash(utf8("text"));
    state.dispose();
    expect(clone.handshakeHash).toEqual(h);
    expect(clone.decryptAndHash(ciphertext)).toEqual(utf8("text"));
    expect(codeOf(() => state.exportChainingKey())).toBe("secret-disposed");
  });
});
