import NoiseHandshake from "noise-handshake";
import Cipher from "noise-handshake/cipher.js";
import { describe, expect, it } from "vitest";
import { Secret, utf8 } from "../../src/bytes/index.js";
import { HandshakeState, type Role } from "../../src/noise/index.js";
import { codeOf, flipBit, keyPair, protocolOf, seededRandom } from "../noise/support.js";

const none = new Uint8Array(0);
const prologue = utf8("interoperation");
const psk = seededRandom("psk")(32);
const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

/** Our party and theirs, ready for the first message of `pattern`. */
function meet(pattern: string, role: Role): { ours: HandshakeState; theirs: NoiseHandshake; s: Uint8Array } {
  const protocol = protocolOf(`Noise_${pattern}_25519_ChaChaPoly_BLAKE2b`);
  const s = keyPair(protocol.dh, "our static key");
  const isPsk = pattern.includes("psk");
  const theirs = new NoiseHandshake(pattern, role === "responder", undefined, isPsk ? { psk } : {});
  const knowsResponder = protocol.pattern.responderPreMessage.includes("s");
  const ours = new HandshakeState({
    protocol,
    role,
    prologue,
    random: seededRandom(`${pattern}/${role}`),
    s,
    rs: knowsResponder && role === "initiator" ? theirs.s.publicKey : undefined,
    psks: isPsk ? [Secret.copy(psk)] : [],
  });
  theirs.initialise(prologue, knowsResponder && role === "responder" ? s.publicKey : undefined);
  return { ours, theirs, s: s.publicKey };
}

describe.each(["NN", "NNpsk0", "XX", "XXpsk0", "IK", "XK"])("noise-handshake, %s", pattern => {
  it.each(["initiator", "responder"] as const)("shakes hands and talks with us as the %s", role => {
    const { ours, theirs, s } = meet(pattern, role);
    const theirStatic = plain(theirs.s.publicKey);
    for (let i = 0; ours.turn !== "finished"; i++) {
      const payload = utf8(`payload ${i}`);
      if (ours.turn === "write") expect(plain(theirs.recv(ours.writeMessage(payload)))).toEqual(payload);
      else expect(ours.readMessage(plain(theirs.send(payload)))).toEqual(payload);
    }
    expect(theirs.complete).toBe(true);
    expect(plain(theirs.hash)).toEqual(ours.handshakeHash);
    if (!pattern.startsWith("NN")) {
      expect(ours.remoteStatic).toEqual(theirStatic);
      expect(plain(theirs.rs!)).toEqual(s);
    }

    const { initiatorToResponder, responderToInitiator } = ours.split();
    const [send, receive] =
      role === "initiator"
        ? [initiatorToResponder, responderToInitiator]
        : [responderToInitiator, initiatorToResponder];
    const [theirSend, theirReceive] = [new Cipher(theirs.tx), new Cipher(theirs.rx)];
    for (let i = 0; i < 3; i++) {
      const text = utf8(`message ${i}`);
      expect(plain(theirReceive.decrypt(send.encryptWithAd(none, text)))).toEqual(text);
      expect(receive.decryptWithAd(none, plain(theirSend.encrypt(text)))).toEqual(text);
    }
  });
});

describe("noise-handshake", () => {
  it("is refused by us, and refuses us, where a message was changed", () => {
    const asResponder = meet("IK", "responder");
    const first = plain(asResponder.theirs.send(utf8("payload")));
    expect(codeOf(() => asResponder.ours.readMessage(flipBit(first, 300)))).toBe("handshake-failed");
    expect(asResponder.ours.readMessage(first)).toEqual(utf8("payload"));
    const asInitiator = meet("IK", "initiator");
    const changed = flipBit(asInitiator.ours.writeMessage(none), 300);
    expect(() => asInitiator.theirs.recv(changed)).toThrow();
  });
});
