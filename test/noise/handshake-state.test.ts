import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import type { Dh, DhKeyPair, Kem, KemKeyPair } from "../../src/crypto/index.js";
import {
  HandshakeState,
  noiseProtocol,
  patternsByName,
  withHfs,
  withPsk,
  XX,
} from "../../src/noise/index.js";
import {
  algorithms,
  codeOf,
  finish,
  handshakePair,
  keyPair,
  partyOptions,
  protocolOf,
  provider,
  suites,
  type Pair,
} from "./support.js";

const none = new Uint8Array(0);
const xx = protocolOf("Noise_XX_25519_ChaChaPoly_SHA256");
const patternNames = Object.keys(patternsByName);

/** Checks that both parties have come to the same end, and that transport messages pass in every direction that there is. */
function expectAgreement(pair: Pair): void {
  const { initiator, responder } = pair;
  expect(initiator.turn).toBe("finished");
  expect(responder.turn).toBe("finished");
  expect(initiator.handshakeHash).toEqual(responder.handshakeHash);
  expect(initiator.exportChainingKey().expose()).toEqual(responder.exportChainingKey().expose());
  const [ours, theirs] = [initiator.split(), responder.split()];
  const there = ours.initiatorToResponder.encryptWithAd(none, utf8("there"));
  expect(theirs.initiatorToResponder.decryptWithAd(none, there)).toEqual(utf8("there"));
  if (initiator.protocol.pattern.name.length === 1) return;
  const back = theirs.responderToInitiator.encryptWithAd(none, utf8("back"));
  expect(ours.responderToInitiator.decryptWithAd(none, back)).toEqual(utf8("back"));
}

describe.each(suites)("every pattern with %s", suite => {
  it.each(patternNames)("%s handshakes to completion, whatever the payloads", name => {
    const protocol = protocolOf(`Noise_${name}_${suite}`);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 5, maxLength: 5 }), payloads => {
        const pair = handshakePair(protocol);
        for (let i = 0; pair.initiator.turn !== "finished"; i++) {
          const [writer, reader] =
            i % 2 === 0 ? [pair.initiator, pair.responder] : [pair.responder, pair.initiator];
          expect(reader.readMessage(writer.writeMessage(payloads[i]!))).toEqual(payloads[i]);
        }
        expectAgreement(pair);
      }),
      { seed: 3, numRuns: 2 },
    );
  });
});

describe("modified patterns", () => {
  it.each(patternNames)("%s takes a psk in every position and in all, with hfs where it has ee", name => {
    const { aead, dh, hash, kem } = provider;
    const base = patternsByName[name]!;
    const positions = Array.from({ length: base.messages.length + 1 }, (_, i) => i);
    for (const chosen of [...positions.map(position => [position]), positions]) {
      const pair = handshakePair(noiseProtocol({ pattern: withPsk(base, ...chosen), aead, dh, hash }));
      finish(pair);
      expectAgreement(pair);
    }
    if (name.length === 1) return;
    for (const pattern of [withHfs(base), withPsk(withHfs(base), 0)]) {
      const pair = handshakePair(noiseProtocol({ pattern, aead, dh, hash, kem }));
      finish(pair);
      expectAgreement(pair);
    }
  });

  it("mix each psk of several: one that differs fails", () => {
    const protocol = protocolOf("Noise_NNpsk0+psk2_25519_ChaChaPoly_SHA256");
    for (const wrong of [0, 1]) {
      const { initiator, responder } = partyOptions(protocol, "seed");
      const psks = responder.psks!.map((psk, i) => (i === wrong ? Secret.take(new Uint8Array(32)) : psk));
      const pair = {
        initiator: new HandshakeState(initiator),
        responder: new HandshakeState({ ...responder, psks }),
      };
      expect(codeOf(() => finish(pair))).toBe("handshake-failed");
    }
  });

  it("mix ephemeral keys into the key where there is a psk, also that of a pre-message", () => {
    const protocol = protocolOf("Noise_XXfallback+psk0_25519_ChaChaPoly_SHA256");
    const pair = handshakePair(protocol);
    const [first] = finish(pair);
    expectAgreement(pair);
    expect(first!.length).toBe(32 + 48 + 9 + 16);
  });
});

describe("HandshakeState", () => {
  it("says whose turn it is, and refuses everything else", () => {
    const { initiator, responder } = handshakePair(xx);
    expect([initiator.turn, responder.turn]).toEqual(["write", "read"]);
    expect(codeOf(() => initiator.readMessage(none))).toBe("handshake-out-of-turn");
    expect(codeOf(() => responder.writeMessage(none))).toBe("handshake-out-of-turn");
    const message = initiator.writeMessage(none);
    expect(codeOf(() => initiator.writeMessage(none))).toBe("handshake-out-of-turn");
    for (const use of ["split", "exportChainingKey"] as const) {
      expect(codeOf(() => initiator[use]())).toBe("handshake-out-of-turn");
    }
    expect(codeOf(() => initiator.handshakeHash)).toBe("handshake-out-of-turn");
    responder.readMessage(message);
    initiator.readMessage(responder.writeMessage(none));
    responder.readMessage(initiator.writeMessage(none));
    expectAgreement({ initiator, responder });
    expect(codeOf(() => initiator.writeMessage(none))).toBe("handshake-out-of-turn");
    expect(codeOf(() => responder.readMessage(message))).toBe("handshake-out-of-turn");
  });

  it("splits once only: a second split would repeat nonces", () => {
    const pair = handshakePair(xx);
    finish(pair);
    pair.initiator.split();
    expect(codeOf(() => pair.initiator.split())).toBe("handshake-out-of-turn");
    expect(pair.initiator.exportChainingKey().length).toBe(32);
  });

  it.each(["N", "K", "X"])(
    "after the one-way pattern %s refuses the second CipherState for any use",
    name => {
      const pair = handshakePair(protocolOf(`Noise_${name}_25519_ChaChaPoly_SHA256`));
      finish(pair);
      for (const party of [pair.initiator, pair.responder]) {
        const { responderToInitiator } = party.split();
        expect(codeOf(() => responderToInitiator.encryptWithAd(none, none))).toBe("secret-disposed");
        expect(codeOf(() => responderToInitiator.decryptWithAd(none, new Uint8Array(16)))).toBe(
          "secret-disposed",
        );
      }
    },
  );

  it("learns the peer's keys as they come, and gives out copies", () => {
    const { initiator, responder } = handshakePair(xx);
    const s = partyOptions(xx, "seed").responder.s!.publicKey;
    expect([initiator.remoteStatic, initiator.remoteEphemeral]).toEqual([undefined, undefined]);
    responder.readMessage(initiator.writeMessage(none));
    initiator.readMessage(responder.writeMessage(none));
    expect(initiator.remoteStatic).toEqual(s);
    expect(initiator.remoteEphemeral).toHaveLength(32);
    initiator.remoteStatic!.fill(0);
    expect(initiator.remoteStatic).toEqual(s);
  });

  it("fails where the prologues differ", () => {
    const { initiator, responder } = partyOptions(xx, "seed");
    const pair = {
      initiator: new HandshakeState(initiator),
      responder: new HandshakeState({ ...responder, prologue: utf8("another") }),
    };
    expect(codeOf(() => finish(pair))).toBe("handshake-failed");
  });

  it("needs the keys of its pattern and role", () => {
    const ik = protocolOf("Noise_IK_25519_ChaChaPoly_SHA256");
    const { initiator, responder } = partyOptions(ik, "seed");
    const psk = (length: number): Secret => Secret.take(new Uint8Array(length));
    expect(codeOf(() => new HandshakeState({ ...initiator, rs: undefined }))).toBe("handshake-key-missing");
    expect(codeOf(() => new HandshakeState({ ...initiator, s: undefined }))).toBe("handshake-key-missing");
    expect(codeOf(() => new HandshakeState({ ...responder, s: undefined }))).toBe("handshake-key-missing");
    expect(codeOf(() => new HandshakeState({ ...responder, rs: initiator.rs }))).toBe("invalid-argument");
    expect(codeOf(() => new HandshakeState({ ...responder, re: initiator.rs }))).toBe("invalid-argument");
    expect(codeOf(() => new HandshakeState({ ...initiator, e: initiator.s }))).toBe("invalid-argument");
    expect(codeOf(() => new HandshakeState({ ...initiator, psks: [psk(32)] }))).toBe("invalid-argument");
    const pskOptions = partyOptions(protocolOf("Noise_NNpsk0_25519_ChaChaPoly_SHA256"), "seed").initiator;
    expect(codeOf(() => new HandshakeState({ ...pskOptions, psks: [] }))).toBe("handshake-key-missing");
    expect(codeOf(() => new HandshakeState({ ...pskOptions, psks: [psk(31)] }))).toBe("invalid-argument");
    const fallback = partyOptions(protocolOf("Noise_XXfallback_25519_ChaChaPoly_SHA256"), "seed");
    expect(codeOf(() => new HandshakeState({ ...fallback.initiator, re: undefined }))).toBe(
      "handshake-key-missing",
    );
    expect(codeOf(() => new HandshakeState({ ...fallback.responder, e: undefined }))).toBe(
      "handshake-key-missing",
    );
  });

  it("H24 H25 refuses public keys given to it that are of low order or not canonical", () => {
    const { initiator } = partyOptions(protocolOf("Noise_IK_25519_ChaChaPoly_SHA256"), "seed");
    const highBit = initiator.rs!.slice();
    highBit[31]! |= 0x80;
    expect(codeOf(() => new HandshakeState({ ...initiator, rs: new Uint8Array(32) }))).toBe(
      "public-key-low-order",
    );
    expect(codeOf(() => new HandshakeState({ ...initiator, rs: highBit }))).toBe("public-key-not-canonical");
    expect(codeOf(() => new HandshakeState({ ...initiator, rs: new Uint8Array(31) }))).toBe(
      "public-key-malformed",
    );
  });

  it("keeps every message to 65,535 bytes, and a write that is refused changes nothing", () => {
    const { initiator, responder } = handshakePair(xx);
    expect(codeOf(() => initiator.writeMessage(new Uint8Array(65535 - 31)))).toBe(
      "handshake-message-too-long",
    );
    const longest = initiator.writeMessage(new Uint8Array(65535 - 32));
    expect(longest).toHaveLength(65535);
    responder.readMessage(longest);
    const overhead = 32 + 48 + 16;
    expect(codeOf(() => responder.writeMessage(new Uint8Array(65536 - overhead)))).toBe(
      "handshake-message-too-long",
    );
    const second = responder.writeMessage(new Uint8Array(65535 - overhead));
    expect(second).toHaveLength(65535);
    initiator.readMessage(second);
    responder.readMessage(initiator.writeMessage(none));
    expectAgreement({ initiator, responder });
  });

  it("a write that fails for want of randomness changes nothing", () => {
    const { initiator, responder } = partyOptions(xx, "seed");
    let failures = 1;
    const party = new HandshakeState({
      ...initiator,
      random: length => {
        if (failures-- > 0) throw new TypeError("no entropy");
        return initiator.random(length);
      },
    });
    expect(() => party.writeMessage(none)).toThrow(TypeError);
    expect(party.turn).toBe("write");
    const pair = { initiator: party, responder: new HandshakeState(responder) };
    finish(pair);
    expectAgreement(pair);
  });

  it("refuses all use after dispose; only the handshake hash of a finished one stays", () => {
    const pair = handshakePair(xx);
    finish(pair);
    const { handshakeHash } = pair.initiator;
    pair.initiator.dispose();
    expect(pair.initiator.handshakeHash).toEqual(handshakeHash);
    expect(codeOf(() => pair.initiator.split())).toBe("secret-disposed");
    expect(codeOf(() => pair.initiator.exportChainingKey())).toBe("secret-disposed");
    const { initiator, responder } = handshakePair(xx);
    initiator.dispose();
    responder[Symbol.dispose]();
    expect(codeOf(() => initiator.writeMessage(none))).toBe("secret-disposed");
    expect(codeOf(() => responder.readMessage(none))).toBe("secret-disposed");
    expect(codeOf(() => initiator.releaseEphemeral())).toBe("secret-disposed");
  });

  it("keeps and returns no view of a Node Buffer, whose slice is one", () => {
    const { initiator, responder } = handshakePair(protocolOf("Noise_IX_25519_ChaChaPoly_SHA256"));
    const message = Buffer.from(initiator.writeMessage(utf8("payload")));
    const payload = responder.readMessage(message);
    const known = [responder.remoteEphemeral, responder.remoteStatic];
    message.fill(0);
    expect(payload).toEqual(utf8("payload"));
    expect([responder.remoteEphemeral, responder.remoteStatic]).toEqual(known);
    initiator.readMessage(responder.writeMessage(none));
    expectAgreement({ initiator, responder });

    const { initiator: options } = partyOptions(protocolOf("Noise_NK_25519_ChaChaPoly_SHA256"), "seed");
    const rs = Buffer.from(options.rs!);
    const party = new HandshakeState({ ...options, rs });
    rs.fill(0);
    expect(party.remoteStatic).toEqual(options.rs);
  });

  it("copies what it is given: public keys and pre-shared keys may be erased at once", () => {
    const protocol = protocolOf("Noise_NKpsk2_25519_ChaChaPoly_SHA256");
    const { initiator, responder } = partyOptions(protocol, "seed");
    const rs = initiator.rs!.slice();
    const pair = {
      initiator: new HandshakeState({ ...initiator, rs }),
      responder: new HandshakeState(responder),
    };
    rs.fill(0);
    for (const psk of [...initiator.psks!, ...responder.psks!]) psk.dispose();
    finish(pair);
    expectAgreement(pair);
  });
});

describe("ephemeral private keys", () => {
  /** Algorithms that remember the key pairs they make; `live` counts those that can still be used. */
  function watch(): { dh: Dh; kem: Kem; live: () => readonly object[] } {
    const dhPairs: DhKeyPair[] = [];
    const kemPairs: KemKeyPair[] = [];
    const { publicKey } = keyPair(provider.dh, "probe");
    const ciphertext = new Uint8Array(provider.kem.ciphertextLength);
    const works = (use: () => unknown): boolean => {
      try {
        use();
        return true;
      } catch {
        return false;
      }
    };
    return {
      dh: {
        ...provider.dh,
        generateKeyPair: random => {
          const pair = provider.dh.generateKeyPair(random);
          dhPairs.push(pair);
          return pair;
        },
      },
      kem: {
        ...provider.kem,
        generateKeyPair: random => {
          const pair = provider.kem.generateKeyPair(random);
          kemPairs.push(pair);
          return pair;
        },
      },
      live: () => [
        ...dhPairs.filter(pair => works(() => provider.dh.sharedSecret(pair, publicKey))),
        ...kemPairs.filter(pair => works(() => provider.kem.decapsulate(pair, ciphertext))),
      ],
    };
  }
  const protocolWith = ({ dh, kem }: { dh: Dh; kem: Kem }): ReturnType<typeof noiseProtocol> =>
    noiseProtocol({ pattern: withHfs(XX), dh, kem, aead: provider.aead, hash: provider.hash });

  it("are erased when the handshake is finished", () => {
    const watched = watch();
    const pair = handshakePair(protocolWith(watched));
    pair.responder.readMessage(pair.initiator.writeMessage(none));
    expect(watched.live()).toHaveLength(2);
    pair.initiator.readMessage(pair.responder.writeMessage(none));
    // The KEM key pair is gone as soon as it has been used.
    expect(watched.live()).toHaveLength(2);
    pair.responder.readMessage(pair.initiator.writeMessage(none));
    expect(watched.live()).toEqual([]);
  });

  it("are erased by dispose, and where the message that would send them fails", () => {
    const watched = watch();
    const { initiator } = handshakePair(protocolWith(watched));
    expect(codeOf(() => initiator.writeMessage(new Uint8Array(65535)))).toBe("handshake-message-too-long");
    expect(watched.live()).toEqual([]);
    initiator.writeMessage(none);
    expect(watched.live()).toHaveLength(2);
    initiator.dispose();
    expect(watched.live()).toEqual([]);
  });

  it("can be given away once, and then only the receiver erases them", () => {
    const watched = watch();
    const { initiator } = handshakePair(protocolWith(watched));
    expect(codeOf(() => initiator.releaseEphemeral())).toBe("handshake-out-of-turn");
    initiator.writeMessage(none);
    const e = initiator.releaseEphemeral();
    expect(watched.live()).toEqual([e]);
    expect(codeOf(() => initiator.releaseEphemeral())).toBe("secret-disposed");
    e.dispose();
    expect(watched.live()).toEqual([]);
  });

  it("the caller's static key pair is never erased", () => {
    const s = keyPair(provider.dh, "mine");
    const { initiator } = partyOptions(xx, "seed");
    new HandshakeState({ ...initiator, s }).dispose();
    expect(provider.dh.sharedSecret(s, keyPair(provider.dh, "theirs").publicKey).length).toBe(32);
    expect(algorithms.kem).toHaveLength(1);
  });
});
