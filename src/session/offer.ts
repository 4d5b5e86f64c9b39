import { concat, equalConstantTime, Reader, utf8, Writer } from "../bytes/index.js";
import type { Hash } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { clearFrameType } from "../record/index.js";

/** The version of the protocol that this package speaks. */
export const protocolVersion = 1;

/** What an end is. A channel joins two endpoints; the other values are kept for later kinds. */
export const endpointRole = 1;

const maxVersions = 8;
const maxSuites = 16;
const hashLength = 32;
const retryLength = 3;
const prologueLabel = utf8("bowline/negotiation/v1");

/** What the initiator can do, in clear. It is authenticated by the prologue of the handshake that follows. */
export interface Offer {
  readonly versions: readonly number[];
  /** What the initiator is, and what it takes the responder for. */
  readonly roles: readonly [initiator: number, responder: number];
  /** Ids of suites, the one of the first message in front. */
  readonly suites: readonly number[];
}

/** The responder's answer when it cannot go on from the first message: one other suite of the offer. */
export interface Retry {
  readonly version: number;
  readonly suite: number;
}

/** A first or second frame, taken apart. All arrays are views of the frame. */
export interface Opening {
  readonly offer: Offer;
  readonly offerBytes: Uint8Array;
  /** What the handshake binds: a label, the frame's type and all bytes before `message`. */
  readonly prologue: Uint8Array;
  /** Noise message 1. */
  readonly message: Uint8Array;
  /** In a second frame: what answers the first. */
  readonly answers?: { readonly firstMessageHash: Uint8Array; readonly retry: Uint8Array };
}

/** The bytes of an offer. @see PROTOCOL, section 4.1 */
export function encodeOffer(offer: Offer): Uint8Array {
  const writer = new Writer().u8(offer.versions.length);
  for (const version of offer.versions) writer.u8(version);
  writer.u8(offer.roles[0]).u8(offer.roles[1]).u8(offer.suites.length);
  for (const suite of offer.suites) writer.u16(suite);
  return writer.finish();
}

function list(reader: Reader, most: number, what: string, read: () => number): readonly number[] {
  const count = reader.u8();
  if (count < 1 || count > most) reader.fail(`has ${count} ${what}: 1 to ${most} are allowed`);
  const values = Array.from({ length: count }, read);
  if (new Set(values).size !== count) reader.fail(`repeats one of its ${what}`);
  return values;
}

/** Reads an offer to its end. @throws offer-malformed */
export function decodeOffer(bytes: Uint8Array): Offer {
  const reader = new Reader(bytes, "offer-malformed", "offer");
  const versions = list(reader, maxVersions, "versions", () => reader.u8());
  const roles = [reader.u8(), reader.u8()] as const;
  const suites = list(reader, maxSuites, "suites", () => reader.u16());
  reader.end();
  return { versions, roles, suites };
}

/** The body of a retry: 3 bytes. */
export function encodeRetry(retry: Retry): Uint8Array {
  return new Writer().u8(retry.version).u16(retry.suite).finish();
}

/** Reads the body of a retry. @throws offer-malformed */
export function decodeRetry(bytes: Uint8Array): Retry {
  const reader = new Reader(bytes, "offer-malformed", "retry");
  const retry = { version: reader.u8(), suite: reader.u16() };
  reader.end();
  return retry;
}

function prologue(type: number, head: Uint8Array): Uint8Array {
  return concat(prologueLabel, Uint8Array.of(type), head);
}

/** All of a first frame's body that precedes message 1, and the prologue over it. */
export function firstHead(offer: Uint8Array): { head: Uint8Array; prologue: Uint8Array } {
  const head = new Writer().u16(offer.length).bytes(offer).finish();
  return { head, prologue: prologue(clearFrameType.offer, head) };
}

/** All of a second frame's body that precedes the new message 1, and the prologue over it. */
export function secondHead(
  offer: Uint8Array,
  firstMessageHash: Uint8Array,
  retry: Uint8Array,
): { head: Uint8Array; prologue: Uint8Array } {
  const head = new Writer().u16(offer.length).bytes(offer).bytes(firstMessageHash).bytes(retry).finish();
  return { head, prologue: prologue(clearFrameType.secondOffer, head) };
}

/** Takes a first or second frame's body apart. @throws offer-malformed */
export function decodeOpening(
  type: typeof clearFrameType.offer | typeof clearFrameType.secondOffer,
  body: Uint8Array,
): Opening {
  const reader = new Reader(body, "offer-malformed", "opening frame");
  const offerBytes = reader.bytes(reader.u16());
  const offer = decodeOffer(offerBytes);
  const answers =
    type === clearFrameType.secondOffer
      ? { firstMessageHash: reader.bytes(hashLength), retry: reader.bytes(retryLength) }
      : undefined;
  const opening = {
    offer,
    offerBytes,
    prologue: prologue(type, body.subarray(0, reader.offset)),
    message: reader.rest(),
  };
  return answers === undefined ? opening : { ...opening, answers };
}

/**
 * Whether a second frame answers exactly the first frame and the retry that this end has seen.
 *
 * @throws downgrade-refused where a byte differs
 */
export function checkAnswer(
  opening: Opening,
  first: { readonly offerBytes: Uint8Array; readonly messageHash: Uint8Array; readonly retry: Uint8Array },
): void {
  const { answers } = opening;
  const same =
    answers !== undefined &&
    equalConstantTime(opening.offerBytes, first.offerBytes) &&
    equalConstantTime(answers.firstMessageHash, first.messageHash) &&
    equalConstantTime(answers.retry, first.retry);
  if (!same) {
    throw new SessionError(
      "downgrade-refused",
      "The second offer is not the first one over again: somebody has changed the negotiation on its way.",
    );
  }
}

/** SHA-256 of message 1, as a second frame carries it: 32 bytes. */
export function messageHash(hash: Hash, message: Uint8Array): Uint8Array {
  return hash.hash(message);
}
