import type { Ordering } from "./epochs.js";
import { flagsOf, FrameAssociatedData, frameHeaderLength, type SealedFrameType } from "./frame.js";
import { checkPlaintext, recordOverhead } from "./record-format.js";
import type { RecordSealer } from "./record-sealer.js";

/** What a frame sealer begins with. */
export interface FrameSealerOptions {
  /** Remains the caller's to rotate and to dispose. */
  readonly sealer: RecordSealer;
  /** 32 bytes, copied. */
  readonly sessionId: Uint8Array;
  /** As the opener at the other end has it. */
  readonly ordering: Ordering;
}

/**
 * Seals the frames of one direction.
 *
 * @see PROTOCOL, section 3
 */
export class FrameSealer {
  readonly #sealer: RecordSealer;
  readonly #ordering: Ordering;
  readonly #associatedData: FrameAssociatedData;
  /** The epoch whose count is bound. */
  #boundEpoch = -1;

  /** @throws invalid-argument */
  constructor({ sealer, sessionId, ordering }: FrameSealerOptions) {
    this.#sealer = sealer;
    this.#ordering = ordering;
    this.#associatedData = new FrameAssociatedData(sessionId, ordering);
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
    frame[1] = flagsOf(this.#ordering);
    this.#sealer.sealInto(plaintext, associatedData.bytes, frame, frameHeaderLength);
    return frame;
  }
}
