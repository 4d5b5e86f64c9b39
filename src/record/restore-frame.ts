import { concat, utf8 } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { flagsOf, frameHeaderLength, parseFrame, type SealedFrameType } from "./frame.js";
import type { Ordering } from "./receiving-epoch.js";
import {
  encodeRestoreHeader,
  parseRestoreHeader,
  restoreHeaderLength,
  type RestoreHeader,
} from "./restore-header.js";

/** The flag of every frame of a restore epoch. */
export const restoreFlag = 0x08;

const label = utf8("bowline/frame/v1");
const typeOffset = label.length;

/** A frame of a restore epoch, taken apart: views. */
export interface RestoreFrame {
  readonly type: SealedFrameType;
  readonly header: RestoreHeader;
  readonly record: Uint8Array;
}

/** Whether `frame` says that it is of a restore epoch. */
export function isRestoreFrame(frame: Uint8Array): boolean {
  return frame.length >= frameHeaderLength && (frame[1]! & restoreFlag) !== 0;
}

/**
 * Takes a frame of a restore epoch apart: type u8 | flags u8 | header (72) | record. The record has not been looked at.
 *
 * @throws frame-malformed, frame-unexpected where it is in clear, has no such flag, or other flags than `flags`
 * @see PROTOCOL, section 20.2
 */
export function parseRestoreFrame(frame: Uint8Array, flags: number): RestoreFrame {
  if (!isRestoreFrame(frame) || frame[1] !== (flags | restoreFlag))
    throw new SessionError("frame-unexpected", "Only frames of a restored session are taken here.");
  const { sealed, type } = parseFrame(Uint8Array.of(frame[0]!, flags));
  if (!sealed)
    throw new SessionError("frame-malformed", "The frame is in clear and has flags, it may have none.");
  const body = frame.subarray(frameHeaderLength);
  return { type, header: parseRestoreHeader(body), record: body.subarray(restoreHeaderLength) };
}

/** The associated data of the frames of one restore epoch: it is other than that of any frame outside of it, by the flags. @see PROTOCOL, section 20.2 */
export class RestoreAssociatedData {
  /** 122 bytes, in order 130. Read it before the next change. */
  readonly bytes: Uint8Array;
  /** flags u8 and header (72), as every frame of the epoch has them. */
  readonly front: Uint8Array;
  readonly #view: DataView;
  readonly #countOffset: number;

  constructor(header: RestoreHeader, sessionId: Uint8Array, ordering: Ordering, renewals: number) {
    const flags = Uint8Array.of(flagsOf(ordering, renewals) | restoreFlag);
    const encoded = encodeRestoreHeader(header);
    this.front = concat(flags, encoded);
    const fixed = concat(label, Uint8Array.of(0), flags, sessionId, encoded);
    this.#countOffset = fixed.length;
    this.bytes = ordering === "in-order" ? concat(fixed, new Uint8Array(8)) : fixed;
    this.#view = new DataView(this.bytes.buffer);
  }

  /** `count`: frames sealed under earlier rotations of this restore epoch; in order only. */
  set(type: SealedFrameType, count: bigint): Uint8Array {
    this.bytes[typeOffset] = type;
    if (this.bytes.length > this.#countOffset) this.#view.setBigUint64(this.#countOffset, count, true);
    return this.bytes;
  }
}
