import { handshake, kemPublicKey, offer, opening, suites, type HandshakeKeys } from "./handshake.js";
import { limits, limitsExample } from "./limits.js";
import { lifecycleExamples } from "./lifecycle.js";
import { resumptionExample } from "./resumption.js";
import { ascii, big, concat, hkdf, keyPair, seal, sha256 } from "./primitives.js";
import {
  associatedData,
  bareKey,
  batch,
  control,
  exported,
  frameKey,
  FrameWriter,
  nextChain,
  sessionKeys,
  type,
} from "./records.js";

type Values = Record<string, Uint8Array>;

/** What the page gives, and what nothing can compute: keys, randomness, the application's own words. */
export interface Inputs {
  readonly statics: readonly [Uint8Array, Uint8Array];
  readonly ephemerals: readonly [Uint8Array, Uint8Array];
  readonly kemSeed: Uint8Array;
  readonly kemMessage: Uint8Array;
  readonly firstEphemeral: Uint8Array;
  /** Of the generation and of the renewal, the initiator's first. */
  readonly generationEphemerals: readonly [Uint8Array, Uint8Array];
  readonly renewalEphemerals: readonly [Uint8Array, Uint8Array];
  readonly resumptionEphemerals: readonly [Uint8Array, Uint8Array];
  readonly resumptionNonce: Uint8Array;
  readonly label: Uint8Array;
  readonly context: Uint8Array;
  readonly salt: Uint8Array;
}

const payloads = {
  IK: [limits.initiator, limits.responder],
  XX: [new Uint8Array(0), limits.responder, limits.initiator],
};
const clear = (frameType: number, ...body: readonly Uint8Array[]): Uint8Array =>
  concat(Uint8Array.of(frameType, 0), ...body);
const hello = ascii("hello");

function keyLines(h: Uint8Array, ck: Uint8Array): { lines: Values; keys: ReturnType<typeof sessionKeys> } {
  const keys = sessionKeys(h, ck);
  const lines = {
    "handshake hash": h,
    "chaining key": ck,
    "session id": keys.id,
    root: keys.root,
    "initiator chain 0": keys.initiatorChain,
    "responder chain 0": keys.responderChain,
    "resumption secret": keys.resumption,
    "exporter secret": keys.exporter,
    "next root": keys.nextRoot,
    "initiator frame key 0": frameKey(keys.initiatorChain),
    "responder frame key 0": frameKey(keys.responderChain),
    "initiator bare key 0": bareKey(keys.initiatorChain),
    "responder bare key 0": bareKey(keys.responderChain),
  };
  return { lines, keys };
}

function ikExamples(handshakeKeys: HandshakeKeys, { label, context }: Inputs): Record<string, Values> {
  const offered = offer(suites.IK.id, suites.XX.id, 0x0102, suites.XXhfs.id);
  const { head, prologue } = opening(1, offered);
  const { messages, h, ck } = handshake("IK", prologue, handshakeKeys, payloads.IK);
  const { lines, keys } = keyLines(h, ck);
  const initiator = new FrameWriter(keys.id, keys.initiatorChain, true);
  const responder = new FrameWriter(keys.id, keys.responderChain, true);
  const items = batch(ascii("one"), ascii("three"));
  const records = {
    "initiator confirm frame": initiator.frame(type.control, control.confirm),
    "responder epoch frame": responder.frame(type.control, control.epoch),
    "message plaintext": hello,
    "message associated data": associatedData(type.message, keys.id, 0),
    "message frame": initiator.frame(type.message, hello),
    "bare record": initiator.bare(hello),
    "batch plaintext": items,
    "batch frame": initiator.frame(type.batch, items),
  };
  initiator.rotate();
  const chain1 = nextChain(keys.initiatorChain, 1);
  return {
    "ik-negotiation": { offer: offered, prologue },
    "ik-handshake": {
      "frame 1": clear(1, head, messages[0]!),
      "message 1": messages[0]!,
      "frame 2": clear(type.handshake, messages[1]!),
      "message 2": messages[1]!,
    },
    "ik-keys": lines,
    "ik-records": records,
    "ik-rotation": {
      "initiator chain 1": chain1,
      "initiator frame key 1": frameKey(chain1),
      "epoch associated data": associatedData(type.control, keys.id, 3),
      "epoch frame": initiator.frame(type.control, control.epoch),
      "message frame": initiator.frame(type.message, hello),
    },
    "ik-close": {
      "initiator close frame": initiator.frame(type.control, control.close),
      "responder close frame": responder.frame(type.control, control.close),
    },
    exporter: { label, context, output: exported(keys.exporter, label, context, 32) },
    stream: { "on the wire": concat(big(records["message frame"].length, 4), records["message frame"]) },
  };
}

function xxhfsExamples(handshakeKeys: HandshakeKeys): Record<string, Values> {
  const offered = offer(suites.XXhfs.id);
  const { head, prologue } = opening(1, offered);
  const { messages, h, ck } = handshake("XXhfs", prologue, handshakeKeys, payloads.XX);
  const { lines, keys } = keyLines(h, ck);
  const initiator = new FrameWriter(keys.id, keys.initiatorChain, false);
  const responder = new FrameWriter(keys.id, keys.responderChain, false);
  return {
    "xxhfs-negotiation": { offer: offered, prologue },
    "xxhfs-handshake": {
      "KEM public key": kemPublicKey(handshakeKeys),
      "frame 1": clear(1, head, messages[0]!),
      "frame 2": clear(type.handshake, messages[1]!),
      "frame 3": clear(type.handshake, messages[2]!),
    },
    "xxhfs-keys": lines,
    "xxhfs-records": {
      "responder confirm frame": responder.frame(type.control, control.confirm),
      "initiator epoch frame": initiator.frame(type.control, control.epoch),
      "message associated data": associatedData(type.message, keys.id, undefined),
      "message frame": initiator.frame(type.message, hello),
    },
  };
}

function retryExample(handshakeKeys: HandshakeKeys, { firstEphemeral }: Inputs): Record<string, Values> {
  const offered = offer(suites.XX.id, suites.XXhfs.id);
  const first = opening(1, offered);
  const e = [keyPair(firstEphemeral), handshakeKeys.e[1]] as const;
  const [message1] = handshake("XX", first.prologue, { ...handshakeKeys, e }, payloads.XX).messages;
  const hash = sha256(message1!);
  const retry = Uint8Array.of(1, 0x01, 0x01);
  const second = opening(3, offered, hash, retry);
  const { messages, h, ck } = handshake("XXhfs", second.prologue, handshakeKeys, payloads.XX);
  return {
    retry: {
      "first ephemeral secret key": firstEphemeral,
      "frame 1": clear(1, first.head, message1!),
      "hash of message 1": hash,
      "retry frame": clear(type.retry, retry),
      prologue: second.prologue,
      "second offer frame": clear(3, second.head, messages[0]!),
      "session id": sessionKeys(h, ck).id,
    },
  };
}

function atRestExamples(id: Uint8Array, { s }: HandshakeKeys, inputs: Inputs): Record<string, Values> {
  const peer = s[1].publicKey;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const root = sha256(ascii("BITCRAPS_SESSION_KEY_V1"), inputs.statics[0], peer);
  const name = ascii(`session/${hex(peer)}/${hex(id)}`);
  const remote = ascii("tcp://127.0.0.1:7000");
  const created = Date.UTC(2026, 0, 1);
  const roleSuiteAndStatus = Uint8Array.of(0, 0, 2, 1);
  const numbers = [created, created + 1500, 5, 0].map(value => big(value, 8));
  const plaintext = concat(id, peer, roleSuiteAndStatus, ...numbers, big(remote.length, 2), remote);
  const key = hkdf(root, inputs.salt, ascii("bowline/at-rest/v1session"), 32);
  const data = concat(big(name.length, 2), name, big(1, 2), big(1, 2));
  const { ciphertext, tag } = seal(key, new Uint8Array(12), data, plaintext);
  const secret = Buffer.from(inputs.statics[0]).toString("base64");
  return {
    "at-rest": { root, name, plaintext, salt: inputs.salt, sealed: concat(inputs.salt, tag, ciphertext) },
    "identity-file": { file: ascii(`bowline-identity-v1\n${secret}\n`) },
  };
}

/** Every example of the page, from its inputs alone. */
export function recompute(inputs: Inputs): Record<string, Values> {
  const [s, e] = [inputs.statics, inputs.ephemerals].map(
    ([initiator, responder]) => [keyPair(initiator), keyPair(responder)] as const,
  ) as [HandshakeKeys["s"], HandshakeKeys["e"]];
  const { kemSeed, kemMessage } = inputs;
  const keys = { s, e, kemSeed, kemMessage };
  const ik = ikExamples(keys, inputs);
  return {
    keys: {
      "initiator static secret key": inputs.statics[0],
      "initiator static public key": s[0].publicKey,
      "responder static secret key": inputs.statics[1],
      "responder static public key": s[1].publicKey,
      "initiator ephemeral secret key": inputs.ephemerals[0],
      "initiator ephemeral public key": e[0].publicKey,
      "responder ephemeral secret key": inputs.ephemerals[1],
      "responder ephemeral public key": e[1].publicKey,
      "KEM seed d": kemSeed,
      "KEM message": kemMessage,
    },
    ...limitsExample(),
    ...ik,
    ...lifecycleExamples(ik["ik-keys"]!, keys, inputs),
    ...resumptionExample(ik["ik-keys"]!, keys, inputs),
    ...xxhfsExamples(keys),
    ...retryExample(keys, inputs),
    ...atRestExamples(ik["ik-keys"]!["session id"]!, keys, inputs),
  };
}
