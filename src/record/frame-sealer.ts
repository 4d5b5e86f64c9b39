import type { Ordering } from "./receiving-epoch.js";
import { flagsOf, FrameAssociatedData, frameHeaderLength, type SealedFrameType } from "./frame.js";
import { checkPlaintext, recordOverhead } from "./record-format.js";
import type { RecordSealer } from "./record-sealer.js";

/** What seals the records of one direction: of one generation, or of all. */
export type SealsRecords = Pick<RecordSealer, "epoch" | "sealedBefore" | "sealInto">;

/** What a frame sealer begins with. */
export interface FrameSealerOptions {
  /** Remains the caller's to rotate and to dispose. */
  readonly sealer: SealsRecords;
  /** 32 bytes, copied. */
  readonly sessionId: Uint8Array;
  /** As the opener at the other end has it. */
  readonly ordering: Ordering;
  /** How many renewals have led to the session; 0 by default. Modulo 4 it stands in the flags. */
  readonly renewals?: number;
}

/**
 * Seals the frames of one direction.
 *
 * @see PROTOCOL, section 3
 */
export class FrameSealer {
  readonly #sealer: SealsRecords;
  readonly #ordering: Ordering;
  readonly #flags: number;
  readonly #associatedData: FrameAssociatedData;
  /** The epoch whose count is bound. */
  #boundEpoch = -1;

  /** @throws invalid-argument */
  constructor({ sealer, sessionId, ordering, renewals = 0 }: FrameSealerOptions) {
    this.#sealer = sealer;
    this.#ordering = ordering;
    this.#flags = flagsOf(ordering, renewals);
    this.#associatedData = new FrameAssociatedData(sessionId, ordering, renewals);
  }

  /**
   * Seals one frame. `plaintext`: 1 to 1,048,576 bytes. Returns 30 bytes more, in a buffer that the caller owns.
   *
   * @throws plaintext-empty, plaintext-too-large, nonce-exhausted (rotate then), secret-disposed: no counter has been
   *   used then
   */
  seal(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    checkPlaintext(plaintext);
    const associatedData = this.#associatedData;
    if (this.#ordering === "in-order" && this.#boundEpoch !== this.#sealer.epoch) {
      associatedData.count = this.#sealer.sealedBefore;
      this.#boundEpoch = this.#sealer.epoch;
    }
    associatedData.type = type;
    const frame = new Uint8Array(frameHeaderLength + recordOverhead + plaintext.length);
    frame[0] = type;
    frame[1] = this.#flags;
    this.#sealer.sealInto(plaintext, associatedData.bytes, frame, frameHeaderLength);
    return frame;
  }
}
