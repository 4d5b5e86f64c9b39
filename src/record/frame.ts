import { concat, utf8, writeU32LittleEndian } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Ordering } from "./receiving-epoch.js";
import { maxRecordLength } from "./record-format.js";

/** Frames that go in clear; what their bodies hold is the negotiation's. */
export const clearFrameType = {
  offer: 0x01,
  retry: 0x02,
  secondOffer: 0x03,
  handshake: 0x04,
  resume: 0x05,
  resumptionRefused: 0x06,
  restore: 0x07,
  restoreRefused: 0x08,
} as const;
/** Frames whose body is a record. */
export const sealedFrameType = {
  message: 0x10,
  batch: 0x11,
  control: 0x12,
  stream: 0x13,
  durable: 0x14,
} as const;

/** The first byte of a frame in clear. */
export type ClearFrameType = (typeof clearFrameType)[keyof typeof clearFrameType];
/** The first byte of a sealed frame. */
export type SealedFrameType = (typeof sealedFrameType)[keyof typeof sealedFrameType];

/** The flags of a frame. */
export const frameFlag = {
  none: 0x00,
  /** Records arrive in order, and this one's associated data counts those sealed before its epoch. */
  ordered: 0x01,
  /** Which session of the lineage the frame is under: the number of renewals modulo 4, from the second bit on. */
  renewals: 0x06,
} as const;

/** The flags of frames under the session that `renewals` renewals (0 or more) have led to. */
export function renewalFlags(renewals: number): number {
  return (renewals << 1) & frameFlag.renewals;
}

/** Bytes in front of the body: type, flags. */
export const frameHeaderLength = 2;
/** Bytes of the longest frame that carries a record. */
export const maxSealedFrameLength = frameHeaderLength + maxRecordLength;
/** Bytes of a session id. */
export const sessionIdLength = 32;

/** A frame taken apart. */
export type Frame =
  | {
      readonly sealed: false;
      readonly type: ClearFrameType;
      readonly flags: number;
      readonly body: Uint8Array;
    }
  | {
      readonly sealed: true;
      readonly type: SealedFrameType;
      readonly flags: number;
      readonly body: Uint8Array;
    };

const clearTypes: ReadonlySet<number> = new Set(Object.values(clearFrameType));
const sealedTypes: ReadonlySet<number> = new Set(Object.values(sealedFrameType));

/**
 * Takes a frame apart: type u8 | flags u8 | body. The body is a view of `frame`; nothing of it has been looked at.
 *
 * @throws frame-malformed where it has under 2 bytes, or a type or flag that is not defined
 * @see PROTOCOL, section 3.1
 */
export function parseFrame(frame: Uint8Array): Frame {
  if (frame.length < frameHeaderLength) {
    throw malformed(`has ${frame.length} bytes, ${frameHeaderLength} are the least`);
  }
  const type = frame[0]!;
  const flags = frame[1]!;
  const body = frame.subarray(frameHeaderLength);
  if (isSealedType(type)) {
    if ((flags & ~(frameFlag.ordered | frameFlag.renewals)) !== 0)
      throw malformed(`has flags ${flags}, which are not defined`);
    return { sealed: true, type, flags, body };
  }
  if (isClearType(type)) {
    if (flags !== frameFlag.none) throw malformed(`is in clear and has flags ${flags}, it may have none`);
    return { sealed: false, type, flags, body };
  }
  throw malformed(`has type ${type}, which is not defined`);
}

/** A frame in clear, of `body` (any length), in a buffer that the caller owns. */
export function clearFrame(type: ClearFrameType, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type, frameFlag.none), body);
}

function isSealedType(type: number): type is SealedFrameType {
  return sealedTypes.has(type);
}

function isClearType(type: number): type is ClearFrameType {
  return clearTypes.has(type);
}

function malformed(why: string): SessionError<"frame-malformed"> {
  return new SessionError("frame-malformed", `The frame ${why}.`);
}

/** The flags of every sealed frame in that mode, under the session that so many renewals have led to. */
export function flagsOf(ordering: Ordering, renewals: number): number {
  return (ordering === "in-order" ? frameFlag.ordered : frameFlag.none) | renewalFlags(renewals);
}

const label = utf8("bowline/frame/v1");
const typeOffset = label.length;
const flagsOffset = typeOffset + 1;
const sessionIdOffset = flagsOffset + 1;
const countOffset = sessionIdOffset + sessionIdLength;

/**
 * The associated data of the sealed frames of one direction: "bowline/frame/v1" | type u8 | flags u8 | session id (32
 * bytes), and in order the records sealed in this direction before this epoch, u64 little-endian. One buffer, since
 * little changes from frame to frame.
 *
 * @see PROTOCOL, section 3.3
 */
export class FrameAssociatedData {
  /** 50 bytes, in order 58. Read it before the next change. */
  readonly bytes: Uint8Array;

  /** @throws invalid-argument where `sessionId` does not have 32 bytes */
  constructor(sessionId: Uint8Array, ordering: Ordering, renewals: number) {
    if (sessionId.length !== sessionIdLength) {
      throw new SessionError(
        "invalid-argument",
        `A session id has ${sessionIdLength} bytes (given: ${sessionId.length}).`,
      );
    }
    this.bytes = new Uint8Array(countOffset + (ordering === "in-order" ? 8 : 0));
    this.bytes.set(label);
    this.bytes[flagsOffset] = flagsOf(ordering, renewals);
    this.bytes.set(sessionId, sessionIdOffset);
  }

  set type(type: SealedFrameType) {
    this.bytes[typeOffset] = type;
  }

  /** Records sealed in this direction before the epoch. In order only. */
  set count(count: bigint) {
    writeU32LittleEndian(this.bytes, countOffset, Number(count & 0xffff_ffffn));
    writeU32LittleEndian(this.bytes, countOffset + 4, Number(count >> 32n));
  }
}
