import { SessionError } from "../errors/index.js";
import { flagsOf, FrameAssociatedData, parseFrame, type SealedFrameType } from "./frame.js";
import { checkRecord, epochOfRecord } from "./record-format.js";
import type { Ordering } from "./receiving-epoch.js";
import type { MonotonicTime, RecordOpener } from "./record-opener.js";

/** What opens the records of one direction: of one generation, or of all. */
export type OpensRecords = Pick<RecordOpener, "ordering" | "epoch" | "openedBefore" | "open">;

/** What a frame opener begins with. */
export interface FrameOpenerOptions {
  /** Remains the caller's to dispose. */
  readonly opener: OpensRecords;
  /** 32 bytes, copied. */
  readonly sessionId: Uint8Array;
  /** The opener's. */
  readonly ordering: Ordering;
  /** How many renewals have led to the session; 0 by default. Modulo 4 it stands in the flags. */
  readonly renewals?: number;
}

/** What was in a sealed frame. */
export interface OpenedFrame {
  /** What the plaintext is. */
  readonly type: SealedFrameType;
  /** 1 to 1,048,576 bytes, the caller's. */
  readonly plaintext: Uint8Array;
}

/**
 * Opens the frames of one direction. In order, the first frame of an epoch opens only if every record before it has
 * been opened.
 *
 * @see PROTOCOL, section 3.4
 */
export class FrameOpener {
  readonly #opener: OpensRecords;
  readonly #ordering: Ordering;
  readonly #flags: number;
  readonly #associatedData: FrameAssociatedData;
  /** The epoch whose count is bound, once it is the current one; -1 before. */
  #boundEpoch = -1;

  /** @throws invalid-argument */
  constructor({ opener, sessionId, ordering, renewals = 0 }: FrameOpenerOptions) {
    if (ordering !== opener.ordering) {
      throw new SessionError(
        "invalid-argument",
        `Frames can't be ${ordering} where records are ${opener.ordering}.`,
      );
    }
    this.#opener = opener;
    this.#ordering = ordering;
    this.#flags = flagsOf(ordering, renewals);
    this.#associatedData = new FrameAssociatedData(sessionId, ordering, renewals);
  }

  /**
   * Opens one frame. `frame`: 31 to 1,048,606 bytes. `now`: the present.
   *
   * @throws frame-malformed, frame-unexpected (in clear, or of the other ordering), and what `RecordOpener.open`
   *   throws: nothing has changed then, but that keys may have been derived for the epoch
   */
  open(frame: Uint8Array, now: MonotonicTime): OpenedFrame {
    const { sealed, type, flags, body } = parseFrame(frame);
    if (!sealed) {
      throw new SessionError(
        "frame-unexpected",
        `A frame of type ${type} is in clear: only sealed ones are taken here.`,
      );
    }
    if (flags !== this.#flags) {
      throw new SessionError(
        "frame-unexpected",
        `The frame has flags ${flags}, but this direction is ${this.#ordering}.`,
      );
    }
    checkRecord(body);
    const associatedData = this.#associatedData;
    if (this.#ordering === "in-order") this.#bindCount(epochOfRecord(body));
    associatedData.type = type;
    const plaintext = this.#opener.open(body, associatedData.bytes, now);
    this.#boundEpoch = this.#opener.epoch;
    return { type, plaintext };
  }

  /** The count before an epoch stays once a record of it has opened; till then it may still grow. */
  #bindCount(epoch: number): void {
    if (epoch === this.#boundEpoch) return;
    this.#boundEpoch = -1;
    this.#associatedData.count = this.#opener.openedBefore(epoch);
  }
}
