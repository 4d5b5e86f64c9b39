import { describe, expect, it } from "vitest";
import { runCases } from "../../scripts/differential/cases.mjs";
import type { Aead } from "../../src/crypto/index.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

const aeads = [nobleProvider.aead, nodeProvider.aead];

/** `nobleProvider`'s AEAD with one thing wrong. */
const wrong = (change: (key: ReturnType<Aead["key"]>) => Partial<ReturnType<Aead["key"]>>): Aead => ({
  name: "ChaChaPoly",
  key: bytes => {
    const key = nobleProvider.aead.key(bytes);
    return {
      seal: (...all) => key.seal(...all),
      open: (...all) => key.open(...all),
      sealRecord: (...all) => key.sealRecord(...all),
      openRecord: (...all) => key.openRecord(...all),
      dispose: () => key.dispose(),
      ...change(key),
    };
  },
});

describe("the kernel beside node:crypto and noble", () => {
  it("R23 every length to 2 KiB and every length of associated data to 300 bytes agree, and nothing that was changed opens", () => {
    const seen = runCases({ aeads, seed: 0x6b65726e, to: 8196 });
    for (let length = 0; length <= 2048; length++) expect(seen.lengths.has(length)).toBe(true);
    for (let length = 0; length <= 300; length++) expect(seen.associatedLengths.has(length)).toBe(true);
    expect(Math.max(...seen.lengths)).toBeGreaterThan(32_768);
    expect(Math.max(...seen.associatedLengths)).toBeGreaterThan(512);
    expect(seen.cases).toBe(8196);
  });

  it("finds another ciphertext, what does not open, what opens though it was changed, and what writes before the tag holds", () => {
    const none = new Uint8Array(0);
    const faults: readonly [string, Aead][] = [
      ["sealed otherwise", wrong(key => ({ sealRecord: (_, ...rest) => key.sealRecord(none, ...rest) }))],
      ["does not open", wrong(() => ({ openRecord: () => undefined }))],
      [
        "opens although",
        wrong(key => ({
          openRecord: (record, ad, output = new Uint8Array(record.length - 28)) =>
            key.openRecord(record, ad, output) ?? (record.length > 40 ? output : undefined),
        })),
      ],
      [
        "writes what is not authentic",
        wrong(key => ({
          openRecord: (record, ad, output) => {
            const opened = key.openRecord(record, ad, output);
            if (opened === undefined && output !== undefined) output[0] = 1;
            return opened;
          },
        })),
      ],
    ];
    for (const [complaint, aead] of faults)
      expect(() => runCases({ aeads: [aead], seed: 1, to: 200 })).toThrow(complaint);
  });
});
