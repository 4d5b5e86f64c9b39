import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { copySecret, Reader, Secret } from "../../src/bytes/index.js";

describe("copies", () => {
  it("of a reader are the caller's, also where it reads a Buffer", () => {
    for (const bytes of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3])]) {
      const reader = new Reader(bytes, "frame-malformed", "test");
      const copy = reader.copy(2);
      bytes.fill(9);
      expect(copy).toEqual(Uint8Array.of(1, 2));
      expect(reader.u8()).toBe(9);
    }
  });

  it("of a secret outlive it, and it them", () => {
    const secret = Secret.take(Uint8Array.of(1, 2));
    const [one, other] = [copySecret(secret), copySecret(secret)];
    one.dispose();
    expect(secret.expose()).toEqual(Uint8Array.of(1, 2));
    secret.dispose();
    expect(other.expose()).toEqual(Uint8Array.of(1, 2));
    expect(() => copySecret(secret)).toThrow(expect.objectContaining({ code: "secret-disposed" }) as Error);
  });
});
