import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultExtra } from "#default-extra";
import { fromHex } from "../../src/bytes/index.js";
import { CipherState } from "../../src/noise/index.js";
import { codeOf, flipBit, provider, seededRandom } from "./support.js";

const none = new Uint8Array(0);
const key = seededRandom("cipher key")(32);
const aeads = [provider.aead, defaultExtra.aesgcm];

function cipher(aead = provider.aead, nonce = 0n): CipherState {
  const state = new CipherState(aead);
  state.initializeKey(key);
  state.setNonce(nonce);
  return state;
}

/** ENCRYPT of the specification, straight from the AEAD, with the nonce spelled out. */
function encrypt(aead = provider.aead, nonce: string, plaintext: Uint8Array, k = key): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + 16);
  const ciphertext = sealed.subarray(0, plaintext.length);
  aead.key(k).seal(fromHex(nonce)!, none, plaintext, ciphertext, sealed.subarray(plaintext.length));
  return sealed;
}

describe.each(aeads)("CipherState with $name", aead => {
  it("without a key passes everything through and counts nothing", () => {
    const state = new CipherState(aead);
    expect(state.hasKey).toBe(false);
    expect(state.encryptWithAd(none, key)).toEqual(key);
    expect(state.decryptWithAd(none, key)).toEqual(key);
    expect(state.nonce).toBe(0n);
    expect(codeOf(() => state.rekey())).toBe("invalid-argument");
  });

  it("decrypts what it encrypts, under equal associated data and nonce only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 64 }), (plaintext, ad) => {
        const ciphertext = cipher(aead, 7n).encryptWithAd(ad, plaintext);
        expect(cipher(aead, 7n).decryptWithAd(ad, ciphertext)).toEqual(plaintext);
        expect(codeOf(() => cipher(aead, 8n).decryptWithAd(ad, ciphertext))).toBe("decryption-failed");
        expect(codeOf(() => cipher(aead, 7n).decryptWithAd(Uint8Array.of(1, ...ad), ciphertext))).toBe(
          "decryption-failed",
        );
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it.each([
    ["2^32 - 1", 0xffff_ffffn, "00000000ffffffff", "ffffffff00000000"],
    ["2^32", 0x1_0000_0000n, "0000000100000000", "0000000001000000"],
    ["2^53 - 1", 0x1f_ffff_ffff_ffffn, "001fffffffffffff", "ffffffffffff1f00"],
    ["2^53", 0x20_0000_0000_0000n, "0020000000000000", "0000000000002000"],
    ["2^53 + 1", 0x20_0000_0000_0001n, "0020000000000001", "0100000000002000"],
    ["2^64 - 2", 0xffff_ffff_ffff_fffen, "fffffffffffffffe", "feffffffffffffff"],
  ])("R13 counts exactly at %s", (_, nonce, bigEndian, littleEndian) => {
    const plaintext = seededRandom("plaintext")(40);
    const state = cipher(aead, nonce);
    const spelled = "00000000" + (aead.name === "AESGCM" ? bigEndian : littleEndian);
    expect(state.encryptWithAd(none, plaintext)).toEqual(encrypt(aead, spelled, plaintext));
    expect(state.nonce).toBe(nonce + 1n);
  });

  it("R13 refuses the nonce 2^64 - 1 in both directions, and does not wrap", () => {
    const state = cipher(aead, 0xffff_ffff_ffff_fffen);
    const last = state.encryptWithAd(none, none);
    for (let i = 0; i < 2; i++) {
      expect(codeOf(() => state.encryptWithAd(none, none))).toBe("nonce-exhausted");
      expect(codeOf(() => state.decryptWithAd(none, last))).toBe("nonce-exhausted");
    }
    expect(state.nonce).toBe(0xffff_ffff_ffff_ffffn);
    expect(cipher(aead, 0xffff_ffff_ffff_fffen).decryptWithAd(none, last)).toEqual(none);
  });

  it("takes no nonce outside of 0 to 2^64 - 1", () => {
    for (const nonce of [-1n, 0x1_0000_0000_0000_0000n]) {
      expect(codeOf(() => cipher(aead).setNonce(nonce))).toBe("invalid-argument");
    }
  });

  it("R14 a failed open moves nothing", () => {
    const sealer = cipher(aead);
    const opener = cipher(aead);
    const message = sealer.encryptWithAd(none, key);
    const bad = [
      flipBit(message, 0),
      flipBit(message, 8 * message.length - 1),
      message.subarray(1),
      message.subarray(0, 15),
      none,
    ];
    for (const forged of bad) {
      expect(codeOf(() => opener.decryptWithAd(none, forged))).toBe("decryption-failed");
      expect(opener.nonce).toBe(0n);
    }
    expect(opener.decryptWithAd(none, message)).toEqual(key);
    expect(opener.nonce).toBe(1n);
  });

  it("rekeys to the first 32 bytes of ENCRYPT(k, 2^64 - 1, empty, zeros), and keeps the nonce", () => {
    const state = cipher(aead, 5n);
    state.rekey();
    expect(state.nonce).toBe(5n);
    const next = encrypt(aead, "00000000ffffffffffffffff", new Uint8Array(32)).subarray(0, 32);
    const spelled = aead.name === "AESGCM" ? "000000000000000000000005" : "000000000500000000000000";
    expect(state.encryptWithAd(none, key)).toEqual(encrypt(aead, spelled, key, next));
  });

  it("is independent of its clone", () => {
    const state = cipher(aead, 3n);
    const clone = state.clone();
    const first = state.encryptWithAd(none, key);
    state.dispose();
    expect(clone.nonce).toBe(3n);
    expect(clone.encryptWithAd(none, key)).toEqual(first);
  });
});

describe("CipherState", () => {
  it("keeps to messages of 65,535 bytes", () => {
    const longest = cipher().encryptWithAd(none, new Uint8Array(65519));
    expect(cipher().decryptWithAd(none, longest).length).toBe(65519);
    const state = cipher();
    expect(codeOf(() => state.encryptWithAd(none, new Uint8Array(65520)))).toBe("transport-message-too-long");
    expect(state.nonce).toBe(0n);
    const tooLong = encrypt(provider.aead, "000000000000000000000000", new Uint8Array(65520));
    expect(codeOf(() => state.decryptWithAd(none, tooLong))).toBe("decryption-failed");
  });

  it("takes keys of 32 bytes only, and copies them", () => {
    const state = new CipherState(provider.aead);
    for (const length of [0, 31, 33]) {
      expect(codeOf(() => state.initializeKey(new Uint8Array(length)))).toBe("invalid-argument");
    }
    const mine = key.slice();
    state.initializeKey(mine);
    mine.fill(0);
    expect(state.encryptWithAd(none, key)).toEqual(cipher().encryptWithAd(none, key));
    state.initializeKey(undefined);
    expect(state.hasKey).toBe(false);
  });

  it("refuses all use after dispose, and never passes plaintext through", () => {
    const state = cipher();
    state.dispose();
    for (const use of [
      () => state.encryptWithAd(none, key),
      () => state.decryptWithAd(none, key),
      () => state.rekey(),
      () => state.initializeKey(key),
      () => state.clone(),
    ]) {
      expect(codeOf(use)).toBe("secret-disposed");
    }
  });
});
