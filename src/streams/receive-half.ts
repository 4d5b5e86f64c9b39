import type { SessionError } from "../errors/index.js";
import { appendPiece } from "./pieces.js";
import { malformed } from "./stream-frame.js";
import type { SpareWindow } from "./spare-window.js";
import { streamWindow } from "./stream-limits.js";

/** How a direction has come to its end: in good order, or by an error. */
export interface Outcome {
  readonly error: SessionError | undefined;
}

/**
 * What has come on one stream and nobody has read yet. Bounded by the window: the peer has no credit for more. The window grows where the peer uses it up
 * although the reader keeps up: then the way is longer than the window.
 */
export class ReceiveHalf {
  readonly #spare: SpareWindow;
  #pieces: Uint8Array[] = [];
  #next = 0;
  #buffered = 0;
  #window = streamWindow;
  /** Bytes that the peer may still send. */
  #allowance = streamWindow;
  /** The peer has used up its credit since the last grant. */
  #usedUp = false;
  /** Bytes that were read, and not yet granted again. */
  #owed = 0;
  #outcome: Outcome | undefined;

  /** The window grows by what `spare` has. */
  constructor(spare: SpareWindow) {
    this.#spare = spare;
  }

  /** Bytes that wait to be read. */
  get buffered(): number {
    return this.#buffered;
  }

  /** How the direction ended; undefined while more may come or bytes wait to be read. */
  get outcome(): Outcome | undefined {
    return this.#buffered === 0 ? this.#outcome : undefined;
  }

  /** Whether the peer may still send. */
  get open(): boolean {
    return this.#outcome === undefined;
  }

  /** Bytes came, 1 or more, which are this half's from now on. @throws stream-malformed where the peer had no credit for them, or had ended */
  put(bytes: Uint8Array): void {
    if (this.#outcome !== undefined && this.#outcome.error === undefined)
      throw malformed("Data came on a stream behind its end.");
    if (bytes.length > this.#allowance)
      throw malformed(`${bytes.length} bytes came on a stream that had credit for ${this.#allowance}.`);
    this.#allowance -= bytes.length;
    if (this.#allowance === 0) this.#usedUp = true;
    if (this.#outcome !== undefined) return;
    this.#buffered += bytes.length;
    appendPiece(this.#pieces, bytes, this.#next);
  }

  /** The peer has ended this direction. @throws stream-malformed where it had before */
  end(): void {
    if (this.#outcome === undefined) this.#outcome = { error: undefined };
    else if (this.#outcome.error === undefined) throw malformed("The end of a stream came twice.");
  }

  /** The direction is over by `error`, unless it was over. What has come can still be read, if it is kept. */
  fail(error: SessionError, keep: boolean): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    if (!keep) this.discard();
  }

  /** Lets go of what has come. */
  discard(): void {
    this.#pieces = [];
    this.#next = this.#buffered = 0;
  }

  /** The next bytes, the caller's; undefined where none wait. */
  take(): Uint8Array | undefined {
    const piece = this.#pieces[this.#next];
    if (piece === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#pieces.length) {
      this.#pieces = [];
      this.#next = 0;
    }
    this.#buffered -= piece.length;
    this.#owed += piece.length;
    return piece;
  }

  /** Whether enough was read that it is worth a frame to grant it again. */
  get owes(): boolean {
    return this.#owed >= this.#window / 2 && this.open;
  }

  /** The bytes to be granted: the peer has them from now on. */
  grant(): number {
    const keepsUp = this.#buffered < this.#window / 4;
    const grown = this.#usedUp && keepsUp ? this.#spare.take(this.#window) : 0;
    const bytes = this.#owed + grown;
    this.#window += grown;
    this.#allowance += bytes;
    this.#owed = 0;
    this.#usedUp = false;
    return bytes;
  }

  /** The stream is over: what its window had grown by is there for others. */
  giveBack(): void {
    this.#spare.giveBack(this.#window);
    this.#window = streamWindow;
  }
}
