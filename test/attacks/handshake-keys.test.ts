import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { exchange, newPair, seededRandom, type End, type Pair } from "../session/machine-pair.js";
import { ForgedKeys } from "./forged-keys.js";
import { suiteCases } from "./suite-cases.js";

const { dh } = nodeProvider;
const honest = dh.generateKeyPair(seededRandom(31));
const zeros = (): Uint8Array => new Uint8Array(32);

/** Points of low order, canonical and not: with each of them every shared secret is zero. @see RFC 7748, section 6.1 */
const lowOrder = [
  "00".repeat(32),
  "01" + "00".repeat(31),
  "ec" + "ff".repeat(30) + "7f",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ed" + "ff".repeat(30) + "7f",
  "ee" + "ff".repeat(30) + "7f",
  "00".repeat(31) + "80",
].map(text => fromHex(text)!);

/** The honest public key in its other spelling: X25519 ignores the highest bit. */
const highBit = Uint8Array.from(honest.publicKey);
highBit[31]! |= 0x80;

const withHonestSecret = (theirs: Uint8Array): Uint8Array => dh.sharedSecret(honest, theirs).expose();

function attack(
  attacker: keyof Pair,
  options: (typeof suiteCases)[number]["options"],
  arm: (forged: ForgedKeys) => { identity?: ReturnType<ForgedKeys["pair"]> },
): End {
  const forged = new ForgedKeys();
  const { identity } = arm(forged);
  const pair = newPair({
    ...options,
    [attacker]: { provider: forged.provider, ...(identity === undefined ? {} : { identity }) },
  });
  exchange(pair);
  return attacker === "initiator" ? pair.responder : pair.initiator;
}

/** As often as a handshake with a retry draws an ephemeral key. */
function sendAlways(forged: ForgedKeys, pair: ReturnType<ForgedKeys["pair"]>): void {
  forged.ephemerals.push(pair, pair, pair);
}

function expectRefused(victim: End): void {
  expect(victim.machine.state.name).not.toBe("active");
  expect(victim.log.some(output => output.kind === "authorize")).toBe(false);
}

describe.each(suiteCases)("$name: keys of the peer that are no keys", ({ name, options }) => {
  describe.each(["initiator", "responder"] as const)("from the %s", attacker => {
    it.each(lowOrder)("H24 an ephemeral key of low order is refused (%#)", point => {
      const victim = attack(attacker, options, forged => {
        sendAlways(forged, forged.pair(point, zeros));
        return {};
      });
      expectRefused(victim);
    });

    it.each(lowOrder)("H24 a static key of low order is refused (%#)", point => {
      const known = name.startsWith("IK") && attacker === "responder";
      if (known) return; // The initiator has been given the responder's key: the test below.
      expectRefused(attack(attacker, options, forged => ({ identity: forged.pair(point, zeros) })));
    });

    it("H25 an ephemeral key in another spelling is refused", () => {
      const victim = attack(attacker, options, forged => {
        sendAlways(forged, forged.pair(highBit, withHonestSecret));
        return {};
      });
      expectRefused(victim);
    });

    it("H25 a static key in another spelling is refused", () => {
      if (name.startsWith("IK") && attacker === "responder") return;
      const victim = attack(attacker, options, forged => ({
        identity: forged.pair(highBit, withHonestSecret),
      }));
      expectRefused(victim);
    });

    it("H24 the same forgery with keys in order is a session: the refusals above are for the keys alone", () => {
      const victim = attack(attacker, options, forged => {
        forged.ephemerals.push(forged.pair(honest.publicKey, withHonestSecret));
        return {};
      });
      expect(victim.machine.state.name).toBe("active");
    });
  });
});

describe("a pinned key that is no key", () => {
  it.each([...lowOrder, highBit])("H24 H25 is refused before anything is sent (%#)", key => {
    expect(() => newPair({ initiator: { peer: key } })).toThrow(
      expect.objectContaining({ category: "peer-misbehaved" }),
    );
  });
});

describe("an ML-KEM key or ciphertext that is none", () => {
  it("H24 a key whose coefficients are not reduced is refused by the responder", () => {
    const pair = newPair();
    exchange(pair, (frame, from, index) => {
      if (from !== "initiator" || index !== 0) return [frame];
      const changed = Uint8Array.from(frame);
      changed.fill(0xff, changed.length - 1184, changed.length - 32);
      return [changed];
    });
    expect(pair.responder.failure).toBe("handshake-failed");
    expect(pair.responder.log.some(output => output.kind === "authorize")).toBe(false);
  });
});
