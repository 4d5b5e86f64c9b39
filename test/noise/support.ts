import { defaultExtra } from "#default-extra";
import { defaultProvider } from "#default-provider";
import { Secret, utf8, type RandomSource } from "../../src/bytes/index.js";
import type { Dh } from "../../src/crypto/index.js";
import { SessionError } from "../../src/errors/index.js";
import {
  HandshakeState,
  parseProtocolName,
  type AlgorithmRegistry,
  type HandshakeOptions,
  type NoiseProtocol,
  type Role,
  type Token,
} from "../../src/noise/index.js";

export const provider = defaultProvider;

export const algorithms: AlgorithmRegistry = {
  dh: [defaultProvider.dh, defaultExtra.x448],
  kem: [defaultProvider.kem],
  aead: [defaultProvider.aead, defaultExtra.aesgcm],
  hash: [defaultProvider.hash, defaultExtra.sha512, defaultExtra.blake2s, defaultExtra.blake2b],
};

/** Every combination of DH, cipher and hash. */
export const suites: readonly string[] = algorithms.dh.flatMap(dh =>
  algorithms.aead.flatMap(aead => algorithms.hash.map(hash => `${dh.name}_${aead.name}_${hash.name}`)),
);

export function protocolOf(name: string): NoiseProtocol {
  return parseProtocolName(name, algorithms);
}

/** A random source that depends on `seed` alone. */
export function seededRandom(seed: string): RandomSource {
  let block = 0;
  return length => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      bytes.set(defaultProvider.hash.hash(utf8(`${seed}/${block++}`)).subarray(0, length - offset), offset);
    }
    return bytes;
  };
}

/** The options of each party in a handshake of `protocol`, with all keys that it needs; the same for the same seed. */
export function partyOptions(protocol: NoiseProtocol, seed: string): Record<Role, HandshakeOptions> {
  const { dh, pattern } = protocol;
  const keys = { initiator: keyPair(dh, `${seed}/i/s`), responder: keyPair(dh, `${seed}/r/s`) };
  const ephemeral = { initiator: keyPair(dh, `${seed}/i/pre-e`), responder: keyPair(dh, `${seed}/r/pre-e`) };
  const pskCount = pattern.messages.flat().filter(token => token === "psk").length;
  const options = (role: Role, other: Role): HandshakeOptions => {
    const [own, theirs]: readonly (readonly Token[])[] =
      role === "initiator"
        ? [pattern.initiatorPreMessage, pattern.responderPreMessage]
        : [pattern.responderPreMessage, pattern.initiatorPreMessage];
    return {
      protocol,
      role,
      prologue: utf8("prologue"),
      random: seededRandom(`${seed}/${role}`),
      s: keys[role],
      e: own!.includes("e") ? keyPair(dh, `${seed}/${role === "initiator" ? "i" : "r"}/pre-e`) : undefined,
      rs: theirs!.includes("s") ? keys[other].publicKey : undefined,
      re: theirs!.includes("e") ? ephemeral[other].publicKey : undefined,
      psks: Array.from({ length: pskCount }, (_, i) => Secret.take(seededRandom(`${seed}/psk${i}`)(32))),
    };
  };
  return { initiator: options("initiator", "responder"), responder: options("responder", "initiator") };
}

export interface Pair {
  readonly initiator: HandshakeState;
  readonly responder: HandshakeState;
}

export function handshakePair(protocol: NoiseProtocol, seed = "seed"): Pair {
  const { initiator, responder } = partyOptions(protocol, seed);
  return { initiator: new HandshakeState(initiator), responder: new HandshakeState(responder) };
}

/** Who writes now and who reads; undefined when the handshake is finished. */
export function turnOf({
  initiator,
  responder,
}: Pair): { writer: HandshakeState; reader: HandshakeState } | undefined {
  if (initiator.turn === "finished") return undefined;
  return initiator.turn === "write"
    ? { writer: initiator, reader: responder }
    : { writer: responder, reader: initiator };
}

/** Runs the handshake to its end; `payload` gives what message i carries. Returns the messages. */
export function finish(pair: Pair, payload = (i: number): Uint8Array => utf8(`payload ${i}`)): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let turn = turnOf(pair); turn !== undefined; turn = turnOf(pair)) {
    const message = turn.writer.writeMessage(payload(messages.length));
    turn.reader.readMessage(message);
    messages.push(message);
  }
  return messages;
}

/** The SessionError that `attempt` throws; anything else is a failure of the test. */
export function errorOf(attempt: () => unknown): SessionError {
  try {
    attempt();
  } catch (error) {
    if (SessionError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

export function codeOf(attempt: () => unknown): string {
  return errorOf(attempt).code;
}

export function keyPair(dh: Dh, seed: string): ReturnType<Dh["importKeyPair"]> {
  return dh.importKeyPair(seededRandom(seed)(dh.length));
}

/** `bytes` with one bit the other way. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}
