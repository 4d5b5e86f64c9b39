import { createDecipheriv } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { makeAead } from "../../src/crypto/aead.js";
import { nodeAead } from "../../src/crypto/node-aead.js";
import { nodeExtra } from "../../src/crypto/node-extra.js";
import { describeAead } from "../contract/crypto/aead.js";

const chacha = makeAead("ChaChaPoly", nodeAead("chacha20-poly1305"));
describe("ChaCha20-Poly1305 of node:crypto alone", () => describeAead(chacha));

describe("AEADs of node:crypto", () => {
  it("R22 the platform itself takes a short tag, which is why bowline names the length", () => {
    const [key, nonce, ciphertext, tag] = [32, 12, 5, 16].map(length => new Uint8Array(length)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    nodeExtra.aesgcm.key(key).seal(nonce, new Uint8Array(0), new Uint8Array(5), ciphertext, tag);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 4 });
    decipher.setAuthTag(tag.subarray(0, 4));
    decipher.update(ciphertext);
    expect(() => decipher.final()).not.toThrow();
  });

  it("R23 what the platform deciphered before the tag failed is overwritten with zeros", () => {
    const released: Uint8Array[] = [];
    const fill = vi.spyOn(Buffer.prototype, "fill").mockImplementation(function (this: Buffer, value) {
      released.push(this);
      return Uint8Array.prototype.fill.call(this, value as number) as Buffer;
    });
    try {
      for (const aead of [chacha, nodeExtra.aesgcm]) {
        const output = new Uint8Array(1000).fill(7);
        const key = aead.key(new Uint8Array(32));
        expect(
          key.open(
            new Uint8Array(12),
            new Uint8Array(0),
            new Uint8Array(1000).fill(1),
            new Uint8Array(16),
            output,
          ),
        ).toBe(false);
        expect(output).toEqual(new Uint8Array(1000).fill(7));
      }
    } finally {
      fill.mockRestore();
    }
    expect(released.map(bytes => bytes.length)).toEqual([1000, 1000]);
    expect(released.every(bytes => bytes.every(byte => byte === 0))).toBe(true);
  });
});
