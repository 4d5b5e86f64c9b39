import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes/index.js";
import { HandshakeState } from "../../src/noise/index.js";
import { codeOf, finish, keyPair, partyOptions, protocolOf } from "./support.js";

/** A Noise Pipe: Alice tries IK with a key that Bob no longer has, and both go on with XXfallback. Noise, section 10.4. */
describe.each(["25519", "448"])("fallback with %s", dhName => {
  const ik = protocolOf(`Noise_IK_${dhName}_ChaChaPoly_SHA256`);
  const fallback = protocolOf(`Noise_XXfallback_${dhName}_ChaChaPoly_SHA256`);
  const { dh } = ik;
  const { initiator, responder } = partyOptions(ik, "seed");

  it("completes with the roles swapped and Alice's ephemeral key used again", () => {
    const alice = new HandshakeState({ ...initiator, rs: keyPair(dh, "outdated").publicKey });
    const bob = new HandshakeState(responder);
    const attempt = alice.writeMessage(utf8("early"));
    expect(codeOf(() => bob.readMessage(attempt))).toBe("handshake-failed");
    bob.dispose();
    const pair = {
      initiator: new HandshakeState({
        ...responder,
        protocol: fallback,
        role: "initiator",
        re: attempt.subarray(0, dh.length),
      }),
      responder: new HandshakeState({
        ...initiator,
        protocol: fallback,
        role: "responder",
        rs: undefined,
        e: alice.releaseEphemeral(),
      }),
    };
    const messages = finish(pair);
    expect(messages).toHaveLength(2);
    expect(pair.initiator.remoteStatic).toEqual(initiator.s!.publicKey);
    expect(pair.responder.remoteStatic).toEqual(responder.s!.publicKey);
    expect(pair.initiator.handshakeHash).toEqual(pair.responder.handshakeHash);
    const [bobs, alices] = [pair.initiator.split(), pair.responder.split()];
    const sealed = alices.responderToInitiator.encryptWithAd(new Uint8Array(0), utf8("hello"));
    expect(bobs.responderToInitiator.decryptWithAd(new Uint8Array(0), sealed)).toEqual(utf8("hello"));
  });

  it("fails where the ephemeral key is another", () => {
    const alice = new HandshakeState(initiator);
    alice.writeMessage(new Uint8Array(0));
    const pair = {
      initiator: new HandshakeState({
        ...responder,
        protocol: fallback,
        role: "initiator",
        re: keyPair(dh, "another").publicKey,
      }),
      responder: new HandshakeState({
        ...initiator,
        protocol: fallback,
        role: "responder",
        rs: undefined,
        e: alice.releaseEphemeral(),
      }),
    };
    expect(codeOf(() => finish(pair))).toBe("handshake-failed");
  });
});
