import { concat, Reader, utf8, Writer } from "../bytes/index.js";
import { clearFrameType } from "../record/index.js";
import { protocolVersion } from "./offer.js";
import { resumptionNameLength, resumptionNonceLength } from "./resumption-secret.js";
import { encodeTerms, readTerms, type Terms } from "./terms.js";

const prologueLabel = utf8("bowline/resumption/v1");
const headLength = 1 + 2 + resumptionNameLength + resumptionNonceLength;

/** What a resume frame asks for, in clear. It is authenticated by the prologue of the handshake that follows. */
export interface ResumptionHead {
  /** The id of the suite of the lineage's full handshake. */
  readonly suite: number;
  /** Of the resumption secret: 16 bytes. */
  readonly name: Uint8Array;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
}

/** A resume frame's body, taken apart. The arrays are copies. */
export interface ResumptionOpening extends ResumptionHead {
  /** What the handshake binds: a label, the frame's type and all bytes before `message`. */
  readonly prologue: Uint8Array;
  /** Noise message 1. */
  readonly message: Uint8Array;
}

/** What each end says of the lineage in its message, encrypted. */
export interface ResumptionTerms extends Terms {
  /** How many sessions the lineage has had. */
  readonly sessions: number;
  /** How many messages the sender's application got in them. */
  readonly received: bigint;
}

function prologue(head: Uint8Array): Uint8Array {
  return concat(prologueLabel, Uint8Array.of(clearFrameType.resume), head);
}

/** All of a resume frame's body that precedes message 1 (51 bytes), and the prologue over it. @see PROTOCOL, section 18.2 */
export function resumptionHead({ suite, name, nonce }: ResumptionHead): {
  readonly head: Uint8Array;
  readonly prologue: Uint8Array;
} {
  const head = new Writer().u8(protocolVersion).u16(suite).bytes(name).bytes(nonce).finish();
  return { head, prologue: prologue(head) };
}

/** Takes the body of a resume frame of this version apart. @throws offer-malformed */
export function decodeResumption(body: Uint8Array): ResumptionOpening {
  const reader = new Reader(Uint8Array.from(body), "offer-malformed", "resume frame");
  const head = reader.bytes(headLength);
  const message = reader.rest();
  const fields = new Reader(head.subarray(1), "offer-malformed", "resume frame");
  return {
    suite: fields.u16(),
    name: fields.bytes(resumptionNameLength),
    nonce: fields.bytes(resumptionNonceLength),
    prologue: prologue(head),
    message,
  };
}

/** The payload of either message: 132 bytes. @see PROTOCOL, section 18.3 */
export function encodeResumptionTerms(terms: ResumptionTerms): Uint8Array {
  const { sessions, received } = terms;
  return new Writer().bytes(encodeTerms(terms)).u32(sessions).u64(received).finish();
}

/** Reads the payload of either message. @throws frame-malformed */
export function decodeResumptionTerms(payload: Uint8Array): ResumptionTerms {
  const reader = new Reader(payload, "frame-malformed", "payload of a resumption");
  const terms = { ...readTerms(reader), sessions: reader.u32(), received: reader.u64() };
  reader.end();
  return terms;
}
