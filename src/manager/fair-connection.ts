import type { Connection, ConnectionEvents } from "../ports/index.js";
import type { Turns } from "./turns.js";
import { WrappedConnection } from "./wrapped-connection.js";

/** What one path may carry, each way, in one turn of the event loop: some tenths of a millisecond's worth. A hundred floods that begin at once still make a short turn. */
const share = { frames: 16, bytes: 131_072 } as const;
/** The part of a share that a path may carry, while turns are pressed, before it waits for a turn of its own; and what comes back in a millisecond. */
const pressedShare = { part: 1 / 2, perMillisecond: 1 / 2_000 } as const;

/** What one path has carried, one way, in parts of a share. */
class Share {
  #turn = -1;
  #inTurn = 0;
  /** Over all turns, less what has come back. */
  #used = 0;
  #at = 0;

  /** Counts one frame; true where its path has to wait for its next turn. */
  uses(turns: Turns, bytes: number): boolean {
    const { number, began, pressed } = turns;
    if (number !== this.#turn) this.#inTurn = 0;
    this.#turn = number;
    const cost = Math.max(1 / share.frames, bytes / share.bytes);
    this.#inTurn += cost;
    this.#used = Math.max(0, this.#used - (began - this.#at) * pressedShare.perMillisecond) + cost;
    this.#at = began;
    const waits = this.#inTurn >= 1 || (pressed && this.#used >= pressedShare.part);
    if (waits) this.#used = 0;
    return waits;
  }
}

/**
 * A connection that carries its share of frames, and waits for its next turn: neither a flood that comes on it nor an application that
 * sends without end, to a peer that takes it as fast, keeps the others waiting.
 */
export class FairConnection extends WrappedConnection {
  readonly #turns: Turns;
  readonly #received = new Share();
  readonly #sent = new Share();
  #events: ConnectionEvents | undefined;
  #pausedByOwner = false;
  #deliveryWaits = false;
  #writingWaits = false;
  /** Whether the inner connection has asked to wait for its `drain`. */
  #innerBlocked = false;

  constructor(inner: Connection, turns: Turns) {
    super(inner);
    this.#turns = turns;
  }

  override start(events: ConnectionEvents): void {
    this.#events = events;
    super.start({
      frame: frame => {
        const { length } = frame;
        try {
          events.frame(frame);
        } finally {
          if (this.#received.uses(this.#turns, length)) this.#delayDelivery();
        }
      },
      drain: () => {
        this.#innerBlocked = false;
        if (!this.#writingWaits) events.drain();
      },
      end: error => {
        this.#events = undefined;
        events.end(error);
      },
    });
  }

  override write(frame: Uint8Array): boolean {
    if (!super.write(frame)) this.#innerBlocked = true;
    if (this.#sent.uses(this.#turns, frame.length)) this.#delayWriting();
    return !this.#innerBlocked && !this.#writingWaits;
  }

  override pause(): void {
    this.#pausedByOwner = true;
    super.pause();
  }

  override resume(): void {
    this.#pausedByOwner = false;
    if (!this.#deliveryWaits) super.resume();
  }

  #delayDelivery(): void {
    if (this.#deliveryWaits) return;
    this.#deliveryWaits = true;
    super.pause();
    this.#turns.pathGoesOn(() => {
      this.#deliveryWaits = false;
      if (!this.#pausedByOwner) super.resume();
    });
  }

  #delayWriting(): void {
    if (this.#writingWaits) return;
    this.#writingWaits = true;
    this.#turns.pathGoesOn(() => {
      this.#writingWaits = false;
      if (!this.#innerBlocked) this.#events?.drain();
    });
  }
}
