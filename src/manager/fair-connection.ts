import type { Connection, ConnectionEvents } from "../ports/index.js";
import type { Turns } from "./turns.js";
import { WrappedConnection } from "./wrapped-connection.js";

/** What one path may carry in one turn of the event loop, each way: about a millisecond's worth. */
const share = { frames: 64, bytes: 524_288 } as const;

/** What one path has carried, one way, in the present turn. */
class Share {
  #turn = -1;
  #frames = 0;
  #bytes = 0;

  /** Counts one frame; true where that uses the share up. */
  uses(turn: number, bytes: number): boolean {
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#frames = this.#bytes = 0;
    }
    this.#frames++;
    this.#bytes += bytes;
    return this.#frames >= share.frames || this.#bytes >= share.bytes;
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
          if (this.#received.uses(this.#turns.number, length)) this.#delayDelivery();
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
    if (this.#sent.uses(this.#turns.number, frame.length)) this.#delayWriting();
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
