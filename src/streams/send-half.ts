import type { SessionError } from "../errors/index.js";
import { malformed } from "./stream-frame.js";
import { maxU32, streamWindow } from "./stream-limits.js";
import type { Outcome } from "./receive-half.js";

/** What one stream has to send, and for how much of it the peer has given credit. */
export class SendHalf {
  #pieces: Uint8Array[] = [];
  #offset = 0;
  #waiting = 0;
  #credit = streamWindow;
  #ending = false;
  #outcome: Outcome | undefined;

  /** Bytes that were written and have not gone out. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How the direction ended: without an error once its end has gone out. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Whether more may be written. */
  get open(): boolean {
    return this.#outcome === undefined && !this.#ending;
  }

  /** Bytes that can go out now. */
  get sendable(): number {
    return Math.min(this.#waiting, this.#credit);
  }

  /** Whether nothing but the end is left to go out. */
  get endDue(): boolean {
    return this.#ending && this.#outcome === undefined && this.#waiting === 0;
  }

  /** `bytes` must not change until they have gone out. Not to be called unless `open`. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#waiting += bytes.length;
  }

  end(): void {
    this.#ending = true;
  }

  ended(): void {
    this.#outcome ??= { error: undefined };
  }

  /** The direction is over by `error`, unless it was over; what waits is let go. */
  fail(error: SessionError): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#pieces = [];
    this.#offset = this.#waiting = 0;
  }

  /** The peer grants so many bytes more. @throws stream-malformed where that is over 2^32 - 1 in all */
  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > maxU32)
      throw malformed(`A stream has credit for ${this.#credit} bytes, more than 32 bits.`);
  }

  /** Fills `frame` from `offset` on with what waits: not more than `sendable`. */
  fill(frame: Uint8Array, offset: number): void {
    let at = offset;
    let used = 0;
    while (at < frame.length) {
      const piece = this.#pieces[used]!;
      const end = Math.min(piece.length, this.#offset + frame.length - at);
      frame.set(piece.subarray(this.#offset, end), at);
      at += end - this.#offset;
      this.#offset = end === piece.length ? 0 : end;
      if (end === piece.length) used++;
    }
    if (used > 0) this.#pieces.splice(0, used);
    this.#waiting -= frame.length - offset;
    this.#credit -= frame.length - offset;
  }
}
