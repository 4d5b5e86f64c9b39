import { defaultProvider } from "#default-provider";
import { HandshakeState, noiseProtocol, withHfs, XX, type NoiseProtocol } from "bowline/noise";
import { ascii, equal, test, throwsCode } from "./harness.js";

const { aead, dh, hash, kem, random } = defaultProvider;

function pair(protocol: NoiseProtocol): [HandshakeState, HandshakeState] {
  const prologue = ascii("portable");
  return [
    new HandshakeState({ protocol, role: "initiator", prologue, random, s: dh.generateKeyPair(random) }),
    new HandshakeState({ protocol, role: "responder", prologue, random, s: dh.generateKeyPair(random) }),
  ];
}

function shakeHands(protocol: NoiseProtocol, messageLengths: readonly number[]): void {
  const [initiator, responder] = pair(protocol);
  let [sender, receiver] = [initiator, responder];
  for (const length of messageLengths) {
    const message = sender.writeMessage(ascii("payload"));
    equal(message.length, length);
    equal(receiver.readMessage(message), ascii("payload"));
    [sender, receiver] = [receiver, sender];
  }
  equal(initiator.turn, "finished");
  equal(initiator.handshakeHash, responder.handshakeHash);
  const [here, there] = [initiator.split(), responder.split()];
  for (const direction of ["initiatorToResponder", "responderToInitiator"] as const) {
    const ciphertext = here[direction].encryptWithAd(ascii("ad"), ascii("hello"));
    equal(there[direction].decryptWithAd(ascii("ad"), ciphertext), ascii("hello"));
  }
}

test("a handshake by XX", () => {
  const protocol = noiseProtocol({ pattern: XX, dh, aead, hash });
  equal(protocol.name, "Noise_XX_25519_ChaChaPoly_SHA256");
  shakeHands(protocol, [32 + 7, 32 + 48 + 16 + 7, 48 + 16 + 7]);
});

test("a handshake by XXhfs, with ML-KEM-768", () => {
  const protocol = noiseProtocol({ pattern: withHfs(XX), dh, kem, aead, hash });
  equal(protocol.name, "Noise_XXhfs_25519+MLKEM768_ChaChaPoly_SHA256");
  shakeHands(protocol, [32 + 1184 + 7, 32 + 1088 + 16 + 48 + 16 + 7, 48 + 16 + 7]);
});

test("a handshake message that was changed is refused, and the good one is still taken", () => {
  const [initiator, responder] = pair(noiseProtocol({ pattern: XX, dh, aead, hash }));
  responder.readMessage(initiator.writeMessage(ascii("1")));
  const message = responder.writeMessage(ascii("2"));
  const changed = Uint8Array.from(message);
  changed[changed.length - 1]! ^= 1;
  throwsCode("handshake-failed", () => initiator.readMessage(changed));
  equal(initiator.readMessage(message), ascii("2"));
});
