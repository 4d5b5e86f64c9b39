import { describe, expect, it } from "vitest";
import { KeyCensus, Oracle } from "../../sim/oracle.js";
import { Findings } from "../../sim/violation.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { defaultKeyPolicy } from "../../src/session/index.js";

const nonce = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const associatedData = Uint8Array.of(7);

function watched() {
  const findings = new Findings(() => 0);
  const census = new KeyCensus(findings, { monotonic: () => 0, keyPolicy: defaultKeyPolicy });
  const provider = new Oracle(findings, 1).provider(nodeProvider, nodeProvider.random, census);
  const key = () => provider.aead.key(new Uint8Array(32).fill(3));
  const seal = (text: string, under = key()) => {
    const plaintext = new TextEncoder().encode(text);
    const [ciphertext, tag] = [new Uint8Array(plaintext.length), new Uint8Array(16)];
    under.seal(nonce, associatedData, plaintext, ciphertext, tag);
    return { ciphertext, tag };
  };
  return { findings, census, key, seal, provider };
}

describe("the oracle", () => {
  it("bears the same record twice, also by another key object of the same bytes", () => {
    const { findings, seal } = watched();
    seal("same");
    seal("same");
    expect(findings.first).toBeUndefined();
  });

  it("finds a key and nonce that carry something else", () => {
    const { findings, seal } = watched();
    seal("one");
    seal("two");
    expect(findings.first?.message).toMatch(/\(key, nonce\) pair was used for two/);
  });

  it("finds what opens and was not sealed here", () => {
    const { findings, key } = watched();
    const { ciphertext, tag } = (() => {
      const inner = nodeProvider.aead.key(new Uint8Array(32).fill(3));
      const [sealed, sealedTag] = [new Uint8Array(3), new Uint8Array(16)];
      inner.seal(nonce, associatedData, Uint8Array.of(1, 2, 3), sealed, sealedTag);
      return { ciphertext: sealed, tag: sealedTag };
    })();
    expect(key().open(nonce, associatedData, ciphertext, tag, new Uint8Array(3))).toBe(true);
    expect(findings.first?.message).toMatch(/nobody had sealed/);
  });

  it("counts the keys that are alive", () => {
    const { census, key } = watched();
    const [a, b] = [key(), key()];
    expect(census.alive).toBe(2);
    a.dispose();
    a.dispose();
    b.dispose();
    expect(census.alive).toBe(0);
  });
});
