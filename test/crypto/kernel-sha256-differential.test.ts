import { describe, expect, it } from "vitest";
import { runHashCases } from "../../scripts/differential/hash-cases.mjs";
import type { Hash, Hkdf } from "../../src/crypto/index.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

const { name, hash, hkdf } = nobleProvider;
const right: Hkdf = (_hash, ...rest) => hkdf(hash, ...rest);

/** `nobleProvider`'s SHA-256 with one thing wrong. */
const wrong = (changes: Partial<Hash>): { hash: Hash; hkdf: Hkdf } => ({
  hash: { ...hash, ...changes },
  hkdf: right,
});

describe("SHA-256 of the kernel beside that of node:crypto", () => {
  it("every length to 2 KiB, in any parts, gives the same digests, HMACs and outputs of HKDF", () => {
    const seen = runHashCases({ providers: [nobleProvider, nodeProvider], seed: 0x68617368, to: 4100 });
    expect(seen.cases).toBe(4100);
    for (let length = 0; length <= 2048; length++) expect(seen.lengths.has(length)).toBe(true);
    for (let length = 0; length <= 130; length++) expect(seen.keyLengths.has(length)).toBe(true);
    for (let length = 1; length <= 200; length++) expect(seen.outputs.has(length)).toBe(true);
    expect(Math.max(...seen.lengths)).toBeGreaterThan(32_768);
    expect(Math.max(...seen.outputs)).toBeGreaterThan(4096);
    expect(seen.parts.size).toBe(8);
  });

  it("finds another digest, another HMAC, another output, and an input that was written to", () => {
    const faults: readonly [string, ReturnType<typeof wrong>][] = [
      ["digest", wrong({ hash: (...parts) => hash.hash(...parts.slice(1)) })],
      ["HMAC", wrong({ hmac: key => hash.hmac(key) })],
      [
        "output of HKDF",
        { hash, hkdf: (of, material, salt, _info, length) => hkdf(of, material, salt, salt, length) },
      ],
      [
        "input",
        wrong({
          hmac: (key, ...parts) => {
            const mac = hash.hmac(key, ...parts);
            key.fill(0);
            return mac;
          },
        }),
      ],
    ];
    for (const [complaint, fault] of faults)
      expect(() => runHashCases({ providers: [{ name, ...fault }], seed: 1, to: 200 })).toThrow(
        `another ${complaint} than`,
      );
  });
});
