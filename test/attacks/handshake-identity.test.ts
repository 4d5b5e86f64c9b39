import { describe, expect, it } from "vitest";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { codeOf } from "../record/support.js";
import type { End } from "../session/machine-pair.js";
import {
  establishedPair,
  exchange,
  newPair,
  seededRandom,
  type PairOptions,
} from "../session/machine-pair.js";
import { ForgedKeys } from "./forged-keys.js";
import { flipped, recordedPair, suiteCases } from "./suite-cases.js";

const { dh } = nodeProvider;
const keys = seededRandom(4242);
const secretA = keys(32);
const secretB = keys(32);
const a = dh.importKeyPair(secretA);
const b = dh.importKeyPair(secretB);

const authorized = (end: End): boolean => end.log.some(output => output.kind === "authorize");

describe.each(suiteCases)("$name: the identities of both ends", ({ options }) => {
  it("H26 an initiator that gets its own frames back refuses them", () => {
    const { initiator } = newPair(options);
    for (const frame of initiator.takeFrames()) initiator.receive(frame);
    expect(initiator.failure).toBe("frame-unexpected");
    expect(authorized(initiator)).toBe(false);
  });

  it("H26 two initiators of one identity that get each other's frames establish nothing", () => {
    const first = newPair(options).initiator;
    const second = newPair({ ...options, initiator: { random: seededRandom(77) } }).initiator;
    exchange({ initiator: first, responder: second });
    expect([first.machine.state.name, second.machine.state.name]).toEqual(["ended", "ended"]);
  });

  it("H26 an initiator led to its own identity as responder refuses it, and so does the responder", () => {
    const pair = newPair({ ...options, initiator: { identity: a }, responder: { identity: a } });
    exchange(pair);
    expect(pair.initiator.failure).toBe("peer-mismatch");
    expect(authorized(pair.initiator)).toBe(false);
    expect(authorized(pair.responder)).toBe(false);
    expect(pair.responder.machine.state.name).not.toBe("active");
  });

  it("H27 whom each end names is who the other is; another identity gives another session", () => {
    const ids = [a, b].map(identity => {
      const pair = establishedPair({ ...options, initiator: { identity } });
      expect(pair.responder.machine.peer).toEqual(identity.publicKey);
      expect(pair.initiator.machine.id).toEqual(pair.responder.machine.id);
      return [
        pair.responder.machine.id,
        pair.responder.machine.exportKey("test", new Uint8Array(), 32).expose(),
      ];
    });
    expect(ids[0]![0]).not.toEqual(ids[1]![0]);
    expect(ids[0]![1]).not.toEqual(ids[1]![1]);
  });

  it("H27 whoever asks for one peer and is led to another refuses, before it shows itself", () => {
    const elsewhere = newPair({ ...options, responder: { identity: b }, initiator: { peer: a.publicKey } });
    exchange(elsewhere);
    expect(elsewhere.initiator.failure).toMatch(/peer-mismatch|handshake-failed/);
    expect(authorized(elsewhere.responder)).toBe(false);
  });

  it("H27 a relay that swaps a frame between two sessions of the same peers establishes neither", () => {
    const earlier = recordedPair(options).sent;
    for (const from of ["initiator", "responder"] as const) {
      const handshake = earlier[from].filter(frame => frame[0]! < 0x10).length;
      for (let index = 0; index < handshake; index++) {
        const pair = newPair({ ...options, ...freshRandom });
        exchange(pair, (frame, sender, at) =>
          sender === from && at === index ? [earlier[from][index]!] : [frame],
        );
        for (const end of [pair.initiator, pair.responder]) {
          expect(end.machine.state.name).not.toBe("active");
          expect(end.messages).toEqual([]);
        }
      }
    }
  });
});

/** Other ephemeral keys than a pair has by itself, under the same static ones. */
const freshRandom = {
  initiator: { random: seededRandom(501) },
  responder: { random: seededRandom(502) },
} satisfies PairOptions;

describe("key-compromise impersonation", () => {
  const classic = { floor: "classic", prefer: "classic" } as const;
  const hybrid = { floor: "hybrid", prefer: "hybrid" } as const;
  const unknown = (): Uint8Array => new Uint8Array(32).fill(0xee);

  /** The pair of `publicKey` as whoever holds `secret`, the victim's, has it: he can do the DH with the victim's static key only. */
  function impersonated(forged: ForgedKeys, publicKey: Uint8Array, secret: Uint8Array) {
    const victim = dh.importKeyPair(secret);
    return forged.pair(publicKey, theirs =>
      Buffer.compare(theirs, victim.publicKey) === 0
        ? dh.sharedSecret(victim, publicKey).expose()
        : unknown(),
    );
  }

  it.each([
    { suite: "XXhfs", known: false, both: hybrid },
    { suite: "IKhfs", known: true, both: hybrid },
    { suite: "XX", known: false, both: classic },
    { suite: "IK", known: true, both: classic },
  ])("H28 $suite: a thief of the responder's key is not taken for another initiator", ({ known, both }) => {
    const forged = new ForgedKeys();
    const pair = newPair({
      both,
      responder: { identity: b },
      initiator: {
        provider: forged.provider,
        identity: impersonated(forged, a.publicKey, secretB),
        ...(known ? { peer: b.publicKey } : {}),
      },
    });
    exchange(pair);
    // In IK the thief gets as far as the policy, and to a reply that he can't read; never to a session.
    expect(pair.responder.machine.state.name).not.toBe("active");
    expect(pair.responder.events).not.toContain("established");
    expect(() => pair.responder.machine.encrypt(Uint8Array.of(1), { wall: 0, monotonic: 0 })).toThrow();
  });

  it.each([
    { suite: "XXhfs", known: false, both: hybrid },
    { suite: "IKhfs", known: true, both: hybrid },
    { suite: "XX", known: false, both: classic },
    { suite: "IK", known: true, both: classic },
  ])("H28 $suite: a thief of the initiator's key is not taken for another responder", ({ known, both }) => {
    const forged = new ForgedKeys();
    const pair = newPair({
      both,
      initiator: { identity: a, ...(known ? { peer: b.publicKey } : {}) },
      responder: {
        provider: forged.provider,
        identity: impersonated(forged, b.publicKey, secretA),
      },
    });
    exchange(pair);
    expect(pair.initiator.machine.state.name).not.toBe("active");
    expect(authorized(pair.initiator)).toBe(false);
  });

  it.each(["XXhfs", "IKhfs"] as const)("H28 %s: the forgery works where the whole key is known", suite => {
    const forged = new ForgedKeys();
    const honest = dh.importKeyPair(secretA);
    const identity = forged.pair(a.publicKey, theirs => dh.sharedSecret(honest, theirs).expose());
    const known = suite === "IKhfs" ? { peer: b.publicKey } : {};
    const pair = newPair({
      responder: { identity: b },
      initiator: { provider: forged.provider, identity, ...known },
    });
    exchange(pair);
    expect(pair.responder.machine.state.name).toBe("active");
    expect(pair.responder.machine.peer).toEqual(a.publicKey);
  });
});

describe("a pinned key", () => {
  it("H26 may not be one's own", () => {
    expect(codeOf(() => newPair({ initiator: { identity: a, peer: a.publicKey } }))).toBe("peer-mismatch");
  });

  it("H27 is compared in every bit", () => {
    for (let bit = 0; bit < 256; bit += 37) {
      let pinned: Uint8Array;
      try {
        pinned = flipped(b.publicKey, bit >> 3, 1 << (bit & 7));
        dh.checkPublicKey(pinned);
      } catch {
        continue;
      }
      const pair = newPair({ initiator: { peer: pinned }, responder: { identity: b } });
      exchange(pair);
      expect(pair.initiator.failure).toBe("peer-mismatch");
      expect(authorized(pair.responder)).toBe(false);
    }
  });
});
