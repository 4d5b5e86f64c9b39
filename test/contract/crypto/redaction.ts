import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/bytes/index.js";
import type { CryptoProvider, ExtraAlgorithms } from "../../../src/crypto/index.js";
import { sourceOf } from "./arbitraries.js";

const marked = (length: number): Uint8Array => new Uint8Array(length).fill(0x5a);
/** Marked bytes as they would show: hexadecimal, decimal, base64, text. */
const traces = ["5a5a5a", "90, 90, 90", "90,90,90", "WlpaWl", "ZZZZ", "5a 5a 5a"];

/** No object or error of a provider shows a secret. */
export function describeRedaction(provider: CryptoProvider, extra: ExtraAlgorithms): void {
  const shown = (value: unknown): string =>
    [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value), String(value)].join("\n");
  const thrown = (action: () => unknown): unknown => {
    try {
      return action();
    } catch (error) {
      return error;
    }
  };

  describe("redaction", () => {
    it("X45 nothing that holds a secret prints it", () => {
      const { kem, signature } = provider;
      const holders: unknown[] = [provider, extra];
      for (const aead of [provider.aead, extra.aesgcm]) holders.push(aead.key(marked(32)));
      for (const dh of [provider.dh, extra.x448]) {
        const pair = dh.generateKeyPair(sourceOf(marked(dh.length)));
        holders.push(pair, dh.sharedSecret(pair, pair.publicKey));
      }
      const kemPair = kem.generateKeyPair(sourceOf(marked(64)));
      holders.push(kemPair, kem.encapsulate(kemPair.publicKey, sourceOf(marked(32))));
      holders.push(signature.generateKeyPair(sourceOf(marked(32))));
      for (const holder of holders) for (const trace of traces) expect(shown(holder)).not.toContain(trace);
    });

    it("X45 a shared secret is not in what prints it", () => {
      const pair = provider.dh.generateKeyPair(sourceOf(marked(32)));
      const secret = provider.dh.sharedSecret(pair, pair.publicKey);
      expect(shown(secret)).not.toContain(toHex(secret.expose()).slice(0, 8));
      expect(shown(secret)).toContain("[Secret: 32 bytes]");
    });

    it("X45 errors name lengths, never bytes", () => {
      const errors = [
        thrown(() => provider.aead.key(marked(31))),
        thrown(() => provider.dh.importKeyPair(marked(31))),
        thrown(() => extra.x448.importKeyPair(marked(55))),
        thrown(() => provider.kem.generateKeyPair(() => marked(63))),
        thrown(() => provider.signature.importKeyPair(marked(33))),
        thrown(() => provider.dh.checkPublicKey(marked(31))),
      ];
      for (const error of errors) {
        expect(error).toBeInstanceOf(Error);
        for (const trace of traces) expect(shown(error)).not.toContain(trace);
      }
    });
  });
}
