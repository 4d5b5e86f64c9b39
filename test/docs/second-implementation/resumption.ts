import type { Inputs } from "./examples.js";
import { handshake, suites, type HandshakeKeys } from "./handshake.js";
import { limits, lineageEdge } from "./limits.js";
import { ascii, big, concat, hkdf, keyPair } from "./primitives.js";
import { control, FrameWriter, sessionKeys, type } from "./records.js";

type Values = Record<string, Uint8Array>;

/** PROTOCOL, section 18: the IK session, after one message of the initiator, is cut and resumed by it, a minute after the handshake. */
export function resumptionExample(
  keys: Values,
  { s }: HandshakeKeys,
  { resumptionEphemerals, resumptionNonce }: Inputs,
): Record<string, Values> {
  const none = new Uint8Array(0);
  const secret = keys["resumption secret"]!;
  const name = hkdf(secret, none, ascii("bowline/resumption-name/v1"), 32).subarray(0, 16);
  const label = ascii("bowline/resumption-psk/v1");
  const psk = hkdf(secret, resumptionNonce, concat(label, keys["session id"]!), 32);
  const head = concat(big(1, 1), big(suites.IK.id, 2), name, resumptionNonce);
  const prologue = concat(ascii("bowline/resumption/v1"), Uint8Array.of(type.resume), head);
  const left = big(lineageEdge - 60_000, 8);
  const terms = (asked: Uint8Array, received: number): Uint8Array =>
    concat(asked, left, big(1, 4), big(received, 8));
  const payloads = [terms(limits.initiator, 0), terms(limits.responder, 1)];
  const [e, re] = resumptionEphemerals.map(keyPair) as [
    ReturnType<typeof keyPair>,
    ReturnType<typeof keyPair>,
  ];
  const ends: HandshakeKeys = { s, e: [e, re], psk, kemSeed: none, kemMessage: none };
  const { messages, h, ck } = handshake("KKpsk0", prologue, ends, payloads);
  const session = sessionKeys(h, ck);
  const initiator = new FrameWriter(session.id, session.initiatorChain, true);
  const responder = new FrameWriter(session.id, session.responderChain, true);
  return {
    resumption: {
      "initiator ephemeral secret key": resumptionEphemerals[0],
      "responder ephemeral secret key": resumptionEphemerals[1],
      name,
      nonce: resumptionNonce,
      "pre-shared key": psk,
      prologue,
      "payload of message 1": payloads[0]!,
      "resume frame": concat(Uint8Array.of(type.resume, 0), head, messages[0]!),
      "payload of message 2": payloads[1]!,
      "answer frame": concat(Uint8Array.of(type.handshake, 0), messages[1]!),
      "handshake hash": h,
      "chaining key": ck,
      "new session id": session.id,
      "initiator chain 0": session.initiatorChain,
      "responder chain 0": session.responderChain,
      "resumption secret": session.resumption,
      "initiator confirm frame": initiator.frame(type.control, control.confirm),
      "responder epoch frame": responder.frame(type.control, control.epoch),
    },
  };
}
