import type { Inputs } from "./examples.js";
import { handshake, type HandshakeKeys } from "./handshake.js";
import { limits, lineageEdge } from "./limits.js";
import { ascii, big, concat, hkdf, keyPair, sha256, x25519 } from "./primitives.js";
import { associatedData, control, FrameWriter, generationKeys, sessionKeys, type } from "./records.js";

type Values = Record<string, Uint8Array>;

/** Both directions of the IK example's session, right after its confirmation. */
function confirmedSession(keys: Values): { initiator: FrameWriter; responder: FrameWriter } {
  const [initiator, responder] = (["initiator", "responder"] as const).map(
    role => new FrameWriter(keys["session id"]!, keys[`${role} chain 0`]!, true),
  ) as [FrameWriter, FrameWriter];
  initiator.frame(type.control, control.confirm);
  responder.frame(type.control, control.epoch);
  return { initiator, responder };
}

/** PROTOCOL, sections 14 and 15: the initiator proposes a generation, then the responder a renewal, a minute after the handshake. */
export function lifecycleExamples(
  keys: Values,
  { s }: HandshakeKeys,
  inputs: Inputs,
): Record<string, Values> {
  const { initiator, responder } = confirmedSession(keys);
  const id = keys["session id"]!;
  const [e, re] = inputs.generationEphemerals.map(keyPair) as [
    ReturnType<typeof keyPair>,
    ReturnType<typeof keyPair>,
  ];
  const proposal = concat(big(1, 2), e.publicKey);
  const answer = concat(big(1, 2), re.publicKey);
  const proposalFrame = initiator.frame(type.control, control.proposeGeneration(proposal));
  const answerFrame = responder.frame(type.control, control.answerGeneration(answer));
  const shared = x25519(e, re.publicKey);
  const hash = sha256(proposal, answer);
  const root = hkdf(
    shared,
    keys["next root"]!,
    concat(ascii("bowline/generation/v1"), hash, id, big(1, 2)),
    32,
  );
  const next = generationKeys(root, id, 1);
  initiator.advance(next.initiatorChain, 1);
  responder.advance(next.responderChain, 1);
  const generation = {
    "initiator ephemeral secret key": inputs.generationEphemerals[0],
    "responder ephemeral secret key": inputs.generationEphemerals[1],
    "proposal frame": proposalFrame,
    proposal,
    "answer frame": answerFrame,
    answer,
    "DH output": shared,
    "hash of both": hash,
    "root 1": root,
    "initiator chain 0": next.initiatorChain,
    "responder chain 0": next.responderChain,
    "next root": next.nextRoot,
    "confirm associated data": associatedData(type.control, id, 2),
    "initiator confirm frame": initiator.frame(type.control, control.confirm),
    "responder epoch frame": responder.frame(type.control, control.epoch),
  };
  return { generation, renewal: renewal(keys, s, inputs, initiator, responder) };
}

function renewal(
  keys: Values,
  s: HandshakeKeys["s"],
  { renewalEphemerals }: Inputs,
  initiator: FrameWriter,
  responder: FrameWriter,
): Values {
  const psk = hkdf(keys["exporter secret"]!, new Uint8Array(0), ascii("bowline/renewal-key/v1"), 32);
  const left = big(lineageEdge - 60_000, 8);
  const header = concat(keys["session id"]!, Uint8Array.of(2), limits.responder, left);
  const prologue = concat(ascii("bowline/renewal/v1"), header);
  const terms = concat(limits.initiator, left);
  const [e, re] = renewalEphemerals.map(keyPair) as [ReturnType<typeof keyPair>, ReturnType<typeof keyPair>];
  const none = new Uint8Array(0);
  // The proposer, here the responder of the full handshake, is the initiator of this one.
  const ends: HandshakeKeys = { s: [s[1], s[0]], e: [re, e], psk, kemSeed: none, kemMessage: none };
  const { messages, h, ck } = handshake("KKpsk0", prologue, ends, [none, terms]);
  const [message1, message2] = messages as [Uint8Array, Uint8Array];
  const proposalFrame = responder.frame(type.control, control.proposeRenewal(concat(header, message1)));
  const answerFrame = initiator.frame(type.control, control.answerRenewal(message2));
  const { id, initiatorChain, responderChain, exporter } = sessionKeys(h, ck);
  const proposer = new FrameWriter(id, initiatorChain, true, 1, responder.sealed);
  const other = new FrameWriter(id, responderChain, true, 1, initiator.sealed);
  return {
    "proposer's ephemeral secret key": renewalEphemerals[1],
    "other end's ephemeral secret key": renewalEphemerals[0],
    "renewal key": psk,
    header,
    prologue,
    "message 1": message1,
    "proposal frame": proposalFrame,
    "payload of message 2": terms,
    "message 2": message2,
    "answer frame": answerFrame,
    "handshake hash": h,
    "chaining key": ck,
    "new session id": id,
    "chain/initiator 0": initiatorChain,
    "chain/responder 0": responderChain,
    "exporter secret": exporter,
    "confirm associated data": associatedData(type.control, id, responder.sealed, 1),
    "proposer's confirm frame": proposer.frame(type.control, control.confirm),
    "other end's epoch frame": other.frame(type.control, control.epoch),
  };
}
