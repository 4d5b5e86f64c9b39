import { describe, expect, it } from "vitest";
import { makeDh, takeSharedSecret } from "../../src/crypto/diffie-hellman.js";
import { x25519Rules } from "../../src/crypto/public-key-check.js";
import { expectRefusal } from "../contract/crypto/refusals.js";

describe("shared secrets", () => {
  it("H24 one of all zeros is refused, any other is taken", () => {
    expectRefusal("public-key-low-order", () => takeSharedSecret(new Uint8Array(32)));
    for (const index of [0, 15, 31]) {
      const bytes = new Uint8Array(32);
      bytes[index] = 0x80;
      expect(takeSharedSecret(bytes).expose()).toBe(bytes);
    }
  });

  it("H24 an arithmetic that gives zeros for a sound public key is not believed", () => {
    const dh = makeDh<null>("25519", x25519Rules, {
      importSecretKey: () => ({ material: null, publicKey: new Uint8Array(32).fill(9) }),
      agree: () => new Uint8Array(32),
      erase: () => undefined,
    });
    const pair = dh.importKeyPair(new Uint8Array(32));
    expectRefusal("public-key-low-order", () => dh.sharedSecret(pair, pair.publicKey));
  });

  it("H24 the arithmetic never sees a public key that is refused", () => {
    let calls = 0;
    const dh = makeDh<number>("25519", x25519Rules, {
      importSecretKey: () => ({ material: 1, publicKey: new Uint8Array(32).fill(9) }),
      agree: () => {
        calls++;
        return new Uint8Array(32).fill(1);
      },
      erase: () => undefined,
    });
    const pair = dh.importKeyPair(new Uint8Array(32));
    for (const publicKey of [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(31)]) {
      expect(() => dh.sharedSecret(pair, publicKey)).toThrow();
    }
    expect(calls).toBe(0);
  });
});
