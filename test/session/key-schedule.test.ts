import { createHash, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { exportKey, firstRoot, sessionId, splitRoot } from "../../src/session/key-schedule.js";
import { suiteCases } from "../attacks/suite-cases.js";
import { WatchedProvider } from "../attacks/watched-provider.js";
import { codeOf } from "../record/support.js";
import { at, establishedPair, seededRandom } from "./machine-pair.js";

const seed = 20261124;
const none = new Uint8Array(0);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const sha256 = (...parts: Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const hkdf = (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length = 32): Buffer =>
  Buffer.from(hkdfSync("sha256", ikm, salt, info, length));
const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);

/** The key schedule once more, from the page that describes it, over node:crypto alone. */
function schedule(chainingKey: Uint8Array, handshakeHash: Uint8Array) {
  const id = sha256(utf8("bowline/session-id/v1"), handshakeHash);
  const root = hkdf(chainingKey, handshakeHash, utf8("bowline/root/v1"));
  const split = (name: string): Buffer =>
    hkdf(root, none, Buffer.concat([utf8(`bowline/${name}/v1`), id, u16(0)]));
  const frameKey = (chain: Uint8Array): Buffer => hkdf(chain, none, utf8("bowline/frame-key/v1"));
  const initiatorChain = split("chain/initiator");
  const responderChain = split("chain/responder");
  return {
    id,
    exporter: split("exporter"),
    initiatorKey: frameKey(initiatorChain),
    responderKey: frameKey(responderChain),
    initiatorKey1: frameKey(hkdf(initiatorChain, none, utf8("rotation-1"))),
  };
}

describe("the key schedule", () => {
  it.each([nodeProvider, nobleProvider])("$name: known answer, computed apart from the library", provider => {
    const chainingKey = sha256(utf8("a chaining key"));
    const handshakeHash = sha256(utf8("a handshake hash"));
    const expected = schedule(chainingKey, handshakeHash);
    const id = sessionId(provider, handshakeHash);
    expect(hex(id)).toBe(hex(expected.id));
    const root = firstRoot(provider, Secret.copy(chainingKey), handshakeHash);
    const secrets = splitRoot(provider, root, id, 0);
    expect(root.disposed).toBe(true);
    expect(hex(secrets.exporter.expose())).toBe(hex(expected.exporter));
    const key = exportKey(provider, secrets.exporter, "a label", utf8("context"), 40);
    const info = Buffer.concat([
      utf8("bowline/exporter/v1"),
      u16(40),
      Buffer.of(7),
      utf8("a label"),
      sha256(utf8("context")),
    ]);
    expect(hex(key.expose())).toBe(hex(hkdf(expected.exporter, none, info, 40)));
    // Fixed values, so that a change of both computations shows.
    expect(hex(expected.id)).toMatchInlineSnapshot(
      `"682573dd93e3f3ac200b075e925d9e288b0391a159fd89f4221fbf320b26e4b1"`,
    );
    expect(hex(expected.initiatorKey)).toMatchInlineSnapshot(
      `"74d0aa0555be055f1a5a7b1ca8ed1d3ed2bdcacd02e6c5986eee40be16f9001d"`,
    );
    expect(hex(key.expose())).toMatchInlineSnapshot(
      `"df6e6ad933aca8ec4a3214dd623fad02c580fc022726c057df20fb35376d680bc9d2a7d45b055582"`,
    );
  });

  it.each(suiteCases)("$name: the frame keys of a session are those of its handshake", ({ options }) => {
    const watched = new WatchedProvider();
    const { provider } = watched;
    const pair = establishedPair({ ...options, initiator: { provider: withHandshakeNoted(provider) } });
    pair.initiator.machine.rotateKeys(at(2));
    const { chainingKey, handshakeHash } = noted;
    const expected = schedule(chainingKey!, handshakeHash!);
    expect(hex(pair.initiator.machine.id!)).toBe(hex(expected.id));
    const aeadKeys = watched.secrets.filter(({ kind }) => kind === "aead key").map(({ bytes }) => hex(bytes));
    const frameKeys = [expected.initiatorKey, expected.responderKey, expected.initiatorKey1].map(hex);
    expect(new Set(frameKeys).size).toBe(3);
    // Each once: no key of a record was a key of the handshake, or is made twice.
    for (const key of frameKeys) expect(aeadKeys.filter(other => other === key)).toHaveLength(1);
  });

  /** What the key schedule is given: HKDF's first call has the chaining key and, as salt, the handshake hash. */
  const noted: { chainingKey?: Uint8Array; handshakeHash?: Uint8Array } = {};
  function withHandshakeNoted(provider: CryptoProvider): CryptoProvider {
    delete noted.chainingKey;
    return {
      ...provider,
      hkdf: (hash, ikm, salt, info, length) => {
        if (noted.chainingKey === undefined) {
          noted.chainingKey = Uint8Array.from(ikm);
          noted.handshakeHash = Uint8Array.from(salt);
        }
        return provider.hkdf(hash, ikm, salt, info, length);
      },
    };
  }
});

describe("exported keys", () => {
  const pair = establishedPair();
  const [a, b] = [pair.initiator.machine, pair.responder.machine];
  const request = fc.record({
    label: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
    context: fc.uint8Array({ maxLength: 40 }),
    length: fc.integer({ min: 16, max: 200 }),
  });

  it("are the same at both ends", () => {
    fc.assert(
      fc.property(request, ({ label, context, length }) => {
        const key = a.exportKey(label, context, length);
        expect(key).toHaveLength(length);
        expect(hex(key.expose())).toBe(hex(b.exportKey(label, context, length).expose()));
      }),
      { seed },
    );
  });

  it("differ by label, context, length and session, also in their first bytes", () => {
    const other = establishedPair({ initiator: { random: seededRandom(5) } }).initiator.machine;
    const sixteen = (machine: typeof a, label: string, context: Uint8Array, length: number): string =>
      hex(machine.exportKey(label, context, length).expose().subarray(0, 16));
    const base = sixteen(a, "label", utf8("context"), 32);
    const others = [
      sixteen(a, "labe", utf8("lcontext"), 32),
      sixteen(a, "label2", utf8("context"), 32),
      sixteen(a, "label", utf8("context2"), 32),
      sixteen(a, "label", none, 32),
      sixteen(a, "label", utf8("context"), 33),
      sixteen(a, "label", utf8("context"), 16),
      sixteen(other, "label", utf8("context"), 32),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
  });

  it("are no key of a record, whatever the label: the info of every other key is another string", () => {
    const watched = new WatchedProvider();
    const { initiator } = establishedPair({ initiator: { provider: watched.provider } });
    const internal = new Set(watched.secrets.map(({ bytes }) => hex(bytes)));
    for (const label of [
      "chain/initiator",
      "bowline/frame-key/v1",
      "bowline/bare-key/v1",
      "rotation-1",
      "exporter",
      "\0",
    ]) {
      for (const context of [none, initiator.machine.id!]) {
        expect(internal.has(hex(initiator.machine.exportKey(label, context, 32).expose()))).toBe(false);
      }
    }
  });

  it("are refused for a label or a length out of range, and once the session has ended", () => {
    const wrong: [string, number][] = [
      ["", 32],
      ["x".repeat(256), 32],
      ["é".repeat(128), 32],
      ["x", 0],
      ["x", 8161],
      ["x", 1.5],
      ["x", NaN],
    ];
    for (const [label, length] of wrong)
      expect(codeOf(() => a.exportKey(label, none, length))).toBe("invalid-argument");
    expect(a.exportKey("é".repeat(127), none, 8160)).toHaveLength(8160);
    const ended = establishedPair().initiator.machine;
    ended.close("normal", at(9));
    expect(codeOf(() => ended.exportKey("x", none, 32))).toBe("session-closed");
  });
});
