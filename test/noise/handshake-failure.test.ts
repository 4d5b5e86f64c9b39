import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat, utf8 } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import { HandshakeState, noiseProtocol, type CipherState } from "../../src/noise/index.js";
import {
  errorOf,
  codeOf,
  finish,
  flipBit,
  handshakePair,
  partyOptions,
  protocolOf,
  seededRandom,
  turnOf,
  type Pair,
} from "./support.js";

const none = new Uint8Array(0);
const suite = "25519_ChaChaPoly_SHA256";
const hybrid = "25519+MLKEM768_ChaChaPoly_SHA256";

/** A pair before message `position`, and that message. */
function before(name: string, position: number): { pair: Pair; message: Uint8Array; reader: HandshakeState } {
  const pair = handshakePair(protocolOf(name));
  for (let i = 0; ; i++) {
    const { writer, reader } = turnOf(pair)!;
    const message = writer.writeMessage(utf8(`payload ${i}`));
    if (i === position) return { pair, message, reader };
    reader.readMessage(message);
  }
}

const seen = (party: HandshakeState): unknown => [party.turn, party.remoteStatic, party.remoteEphemeral];

/** Checks that `reader` refuses `forged`, and is then as it was. */
function expectRefused(reader: HandshakeState, forged: Uint8Array): void {
  const state = seen(reader);
  expect(codeOf(() => reader.readMessage(forged))).toBe("handshake-failed");
  expect(seen(reader)).toEqual(state);
}

/** What an undisturbed handshake ends with. */
function undisturbed(name: string): Uint8Array {
  const pair = handshakePair(protocolOf(name));
  finish(pair);
  return pair.initiator.handshakeHash;
}

/** Checks that the right message is still read, and that the handshake ends as one without disturbance does. */
function expectToGoOn(
  name: string,
  { pair, message, reader }: ReturnType<typeof before>,
  position: number,
): void {
  expect(reader.readMessage(message)).toEqual(utf8(`payload ${position}`));
  finish(pair, i => utf8(`payload ${position + 1 + i}`));
  expect(pair.initiator.handshakeHash).toEqual(undisturbed(name));
  expect(pair.responder.handshakeHash).toEqual(undisturbed(name));
}

/** Every message that is authenticated at once: its payload is encrypted. */
const authenticated: readonly (readonly [string, number])[] = [
  [`Noise_XX_${suite}`, 1],
  [`Noise_XX_${suite}`, 2],
  [`Noise_IK_${suite}`, 0],
  [`Noise_IK_${suite}`, 1],
  [`Noise_NNpsk0_${suite}`, 0],
  [`Noise_NNpsk0_${suite}`, 1],
  [`Noise_X_448_AESGCM_BLAKE2b`, 0],
  [`Noise_XXfallback_${suite}`, 0],
];

describe("a message with any bit flipped", () => {
  it.each(authenticated)("R14 is refused in %s, message %i, and changes nothing", (name, position) => {
    const start = before(name, position);
    for (let bit = 0; bit < 8 * start.message.length; bit++)
      expectRefused(start.reader, flipBit(start.message, bit));
    expectToGoOn(name, start, position);
  });

  it.each([
    [`Noise_IKhfs_${hybrid}`, 0],
    [`Noise_XXhfs_${hybrid}`, 1],
    [`Noise_KKhfs+psk0_${hybrid}`, 0],
    [`Noise_KKhfs+psk0_${hybrid}`, 1],
  ])("R14 H30 is refused in %s, message %i, and changes nothing", (name, position) => {
    const start = before(name, position);
    fc.assert(
      fc.property(fc.nat(8 * start.message.length - 1), bit => {
        expectRefused(start.reader, flipBit(start.message, bit));
      }),
      { seed: 14, numRuns: 150 },
    );
    expectToGoOn(name, start, position);
  });

  it.each(["NN", "NX", "XX", "IX", "KN", "X1X1", "I1X1", "NX1"])(
    "is found by the next message where the first of %s is in clear",
    pattern => {
      const name = `Noise_${pattern}_${suite}`;
      const { length } = before(name, 0).message;
      fc.assert(
        fc.property(fc.nat(8 * length - 1), bit => {
          const { pair, message, reader } = before(name, 0);
          const forged = flipBit(message, bit);
          const isRefused = codeOf(() => {
            reader.readMessage(forged);
            finish(pair);
          });
          expect(isRefused).toBe("handshake-failed");
        }),
        { seed: 15, numRuns: 60 },
      );
    },
  );
});

describe("a message that is cut short, extended, or of something else", () => {
  it.each([...authenticated, [`Noise_IKhfs_${hybrid}`, 0] as const, [`Noise_XXhfs_${hybrid}`, 1] as const])(
    "X40 R14 is refused in %s, message %i, and changes nothing",
    (name, position) => {
      const start = before(name, position);
      const { message, reader } = start;
      const step = Math.max(1, Math.floor(message.length / 100));
      for (let length = 0; length < message.length; length += step)
        expectRefused(reader, message.subarray(0, length));
      expectRefused(reader, message.subarray(0, message.length - 1));
      expectRefused(reader, message.subarray(1));
      for (const extra of [Uint8Array.of(0), message]) expectRefused(reader, concat(message, extra));
      expectRefused(reader, new Uint8Array(65536));
      expectToGoOn(name, start, position);
    },
  );

  it("X40 is refused in a first message in clear that is shorter than its keys, or over 65,535 bytes", () => {
    const { responder } = handshakePair(protocolOf(`Noise_XXhfs_${hybrid}`));
    for (const length of [0, 31, 32, 32 + 1183]) expectRefused(responder, seededRandom("first")(length));
    const { message, reader } = before(`Noise_XX_${suite}`, 0);
    expectRefused(reader, concat(message, new Uint8Array(65536 - message.length)));
  });

  it("X40 any mutation of a valid message is refused with one and the same error", () => {
    const start = before(`Noise_XX_${suite}`, 1);
    const { message, reader } = start;
    const refusals = new Set<string>();
    const mutation = fc.tuple(fc.nat(message.length), fc.nat(40), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(mutation, ([at, removed, inserted]) => {
        const forged = concat(message.subarray(0, at), inserted, message.subarray(at + removed));
        if (forged.length === message.length && forged.every((byte, i) => byte === message[i])) return;
        const error = errorOf(() => reader.readMessage(forged));
        refusals.add(JSON.stringify(error));
      }),
      { seed: 40, numRuns: 2000 },
    );
    expect([...refusals]).toHaveLength(1);
    expectToGoOn(`Noise_XX_${suite}`, start, 1);
  });

  it("X40 random bytes are refused with a typed error in every role and pattern", () => {
    for (const name of [`Noise_IK_${suite}`, `Noise_Xpsk0_${suite}`, `Noise_IKhfs_${hybrid}`]) {
      const { responder } = handshakePair(protocolOf(name));
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 3000 }), bytes => expectRefused(responder, bytes)),
        { seed: 41, numRuns: 150 },
      );
    }
  });
});

describe("public keys from the peer", () => {
  const lowOrder = [
    new Uint8Array(32),
    Uint8Array.of(1, ...new Uint8Array(31)),
    Uint8Array.of(0xec, ...new Uint8Array(30).fill(0xff), 0x7f),
  ];

  it.each(lowOrder.map((key, i) => [i, key] as const))(
    "H24 an ephemeral key of low order (%i) is refused",
    (_, e) => {
      const { responder } = handshakePair(protocolOf(`Noise_NN_${suite}`));
      const error = errorOf(() => responder.readMessage(e));
      expect(error.code).toBe("handshake-failed");
      expect(SessionError.is(error.cause, "public-key-low-order")).toBe(true);
      expect(responder.turn).toBe("read");
    },
  );

  it("H24 a static key of low order is refused, however well it is encrypted", () => {
    const error = errorOf(() => readStatic(new Uint8Array(32)));
    expect([error.code, (error.cause as SessionError).code]).toEqual([
      "handshake-failed",
      "public-key-low-order",
    ]);
  });

  it("H25 a static key that is not the one spelling of itself is refused", () => {
    const highBit = partyOptions(protocolOf(`Noise_IX_${suite}`), "seed").initiator.s!.publicKey.slice();
    highBit[31]! |= 0x80;
    const notReduced = Uint8Array.of(0xed + 9, ...new Uint8Array(30).fill(0xff), 0x7f);
    for (const key of [highBit, notReduced]) {
      const error = errorOf(() => readStatic(key));
      expect([error.code, (error.cause as SessionError).code]).toEqual([
        "handshake-failed",
        "public-key-not-canonical",
      ]);
    }
  });

  /** The first message of IX has its static key in clear: the responder reads one with `key` in that place. */
  function readStatic(key: Uint8Array): unknown {
    const { initiator, responder } = handshakePair(protocolOf(`Noise_IX_${suite}`));
    const message = initiator.writeMessage(none);
    message.set(key, 32);
    try {
      return responder.readMessage(message);
    } finally {
      expect(responder.remoteStatic).toBeUndefined();
    }
  }
});

describe("replays and exchanges", () => {
  it("R12 a replayed handshake message resets no nonce, neither of the handshake nor of the transport", () => {
    const pair = handshakePair(protocolOf(`Noise_XX_${suite}`));
    const messages = finish(pair);
    const { initiatorToResponder: sender } = pair.initiator.split();
    const { initiatorToResponder: receiver } = pair.responder.split();
    const ciphertexts = [0, 1].map(() => sender.encryptWithAd(none, utf8("same")));
    const nonces = (): readonly bigint[] => [sender, receiver].map((cipher: CipherState) => cipher.nonce);
    receiver.decryptWithAd(none, ciphertexts[0]!);
    for (const message of messages) {
      expect(codeOf(() => pair.responder.readMessage(message))).toBe("handshake-out-of-turn");
      expect(codeOf(() => pair.initiator.readMessage(message))).toBe("handshake-out-of-turn");
    }
    expect(nonces()).toEqual([2n, 1n]);
    expect(codeOf(() => receiver.decryptWithAd(none, ciphertexts[0]!))).toBe("decryption-failed");
    expect(receiver.decryptWithAd(none, ciphertexts[1]!)).toEqual(utf8("same"));
  });

  it("R12 a message read once is refused in the place of the next", () => {
    const { pair, message, reader } = before(`Noise_X1X1_${suite}`, 0);
    reader.readMessage(message);
    pair.initiator.readMessage(pair.responder.writeMessage(none));
    const third = pair.initiator.writeMessage(none);
    expectRefused(pair.responder, message);
    pair.responder.readMessage(third);
    expect(pair.responder.turn).toBe("write");
  });

  it("R17 a party's own message is refused when it comes back", () => {
    const { pair, message } = before(`Noise_XX_${suite}`, 0);
    expectRefused(pair.initiator, message);
  });

  it("messages of another handshake are refused", () => {
    const ours = before(`Noise_XX_${suite}`, 1);
    const other = handshakePair(protocolOf(`Noise_XX_${suite}`), "another seed");
    other.responder.readMessage(other.initiator.writeMessage(none));
    expectRefused(ours.reader, other.responder.writeMessage(none));
    expectToGoOn(`Noise_XX_${suite}`, ours, 1);
  });
});

describe("the KEM of hfs", () => {
  const name = `Noise_NNhfs_${hybrid}`;
  const { kem } = protocolOf(name);
  const random = seededRandom("attacker");

  it("H30 a KEM public key put in the place of the initiator's is found by the initiator", () => {
    const { initiator, responder } = handshakePair(protocolOf(name));
    const first = initiator.writeMessage(none);
    first.set(kem!.generateKeyPair(random).publicKey, 32);
    responder.readMessage(first);
    expectRefused(initiator, responder.writeMessage(none));
  });

  it("H30 a ciphertext for another key, or made again for the same one, is refused", () => {
    const { initiator, responder } = handshakePair(protocolOf(name));
    const first = initiator.writeMessage(none);
    responder.readMessage(first);
    const second = responder.writeMessage(none);
    const e1 = first.subarray(32, 32 + kem!.publicKeyLength);
    for (const key of [e1, kem!.generateKeyPair(random).publicKey]) {
      const forged = second.slice();
      forged.set(kem!.encapsulate(key, random).ciphertext, 32);
      expectRefused(initiator, forged);
    }
    initiator.readMessage(second);
    expect(initiator.handshakeHash).toEqual(responder.handshakeHash);
  });

  it("H30 a ciphertext for another key is refused even from a responder that encrypts it as its own", () => {
    const { initiator, responder } = partyOptions(protocolOf(name), "seed");
    const { pattern, dh, aead, hash } = initiator.protocol;
    const stolen = kem!.generateKeyPair(random).publicKey;
    const forging = { ...kem!, encapsulate: () => kem!.encapsulate(stolen, random) };
    const pair = {
      initiator: new HandshakeState(initiator),
      responder: new HandshakeState({
        ...responder,
        protocol: noiseProtocol({ pattern, dh, aead, hash, kem: forging }),
      }),
    };
    pair.responder.readMessage(pair.initiator.writeMessage(none));
    expectRefused(pair.initiator, pair.responder.writeMessage(none));
  });

  it("a KEM public key with a coefficient that is not below the modulus ends in handshake-failed", () => {
    const { initiator, responder } = handshakePair(protocolOf(name));
    const first = initiator.writeMessage(none);
    first.fill(0xff, 32, 35);
    responder.readMessage(first);
    const error = errorOf(() => responder.writeMessage(none));
    expect([error.code, (error.cause as SessionError).code]).toEqual([
      "handshake-failed",
      "kem-public-key-invalid",
    ]);
    expect(responder.turn).toBe("write");
  });
});
