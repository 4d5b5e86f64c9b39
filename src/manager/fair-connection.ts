import type { Connection, ConnectionEvents } from "../ports/index.js";
import type { Turns } from "./turns.js";
import { WrappedConnection } from "./wrapped-connection.js";

/** What one path may carry at once, both ways together: some tenths of a millisecond's worth. */
const share = { frames: 16, bytes: 65_536 } as const;
const smallFrame = 1 / share.frames;
/** Shares that come back in a millisecond: a path that carries less than 64 frames a second carries little, and never waits for a turn of its own. */
const sharesPerMillisecond = 1 / 250;
/** Shares. What was carried beyond is forgotten: who has carried much carries little after a quarter of a second of silence. */
const mostUsed = 2;

/**
 * A connection that carries its share of frames, and waits for its next turn: neither a flood that comes on it nor an application that
 * sends without end, to a peer that takes it as fast, keeps the others waiting.
 */
export class FairConnection extends WrappedConnection {
  readonly #turns: Turns;
  #events: ConnectionEvents | undefined;
  /** Shares carried, less what time has given back. */
  #used = 0;
  #usedAt = 0;
  /** Shares that a path which carries much may still carry before it waits again. */
  #left = 0;
  /** The turn in which the last frame has come. */
  #turn = -1;
  #waits = false;
  /** The frame that has come and waits. */
  #held: Uint8Array | undefined;
  #pausedByOwner = false;
  /** Whether the inner connection has asked to wait for its `drain`. */
  #innerBlocked = false;
  /** Whether the owner has been asked to wait for a `drain`. */
  #ownerBlocked = false;

  constructor(inner: Connection, turns: Turns) {
    super(inner);
    this.#turns = turns;
  }

  override start(events: ConnectionEvents): void {
    this.#events = events;
    super.start({
      frame: frame => {
        this.#receives(frame);
        if (this.#waits) this.#held = frame;
        else events.frame(frame);
      },
      drain: () => {
        this.#innerBlocked = false;
        this.#drain();
      },
      end: error => {
        if (!this.#pausedByOwner) this.#deliverHeld();
        this.#events = undefined;
        events.end(error);
      },
    });
  }

  override write(frame: Uint8Array): boolean {
    if (!super.write(frame)) this.#innerBlocked = true;
    if (this.#carriesMuch(frame) && this.#left <= 0) this.#waitForTurn();
    this.#ownerBlocked = this.#innerBlocked || this.#waits;
    return !this.#ownerBlocked;
  }

  override pause(): void {
    this.#pausedByOwner = true;
    super.pause();
  }

  override resume(): void {
    this.#pausedByOwner = false;
    // Not at once: the owner is in a call.
    if (this.#held !== undefined) queueMicrotask(() => this.#goOn());
    else if (!this.#waits) super.resume();
  }

  override destroy(): void {
    this.#held = undefined;
    super.destroy();
  }

  /** Counts a frame that has come, and sees whether it waits. */
  #receives(frame: Uint8Array): void {
    const turns = this.#turns;
    if (this.#carriesMuch(frame)) {
      if (this.#left < 0) this.#waitForTurn();
      return;
    }
    turns.lightFrame();
    const cost = costOf(frame);
    const { number } = turns;
    const first = this.#turn !== number && cost <= smallFrame;
    this.#turn = number;
    if (!first && !turns.takesBurst(cost)) this.#wait(step => turns.burstGoesOn(step));
  }

  /** Counts a frame; whether the path carries more than one may that never waits. */
  #carriesMuch(frame: Uint8Array): boolean {
    const { now } = this.#turns;
    const cost = costOf(frame);
    const used = Math.max(0, this.#used - (now - this.#usedAt) * sharesPerMillisecond) + cost;
    this.#used = Math.min(mostUsed, used);
    this.#usedAt = now;
    this.#left = used >= 1 ? this.#left - cost : 0;
    if (used >= 1) this.#turns.heavyFrame(frame.length);
    return used >= 1;
  }

  #waitForTurn(): void {
    this.#wait(step =>
      this.#turns.pathGoesOn(() => {
        this.#left = 1 - (this.#held === undefined ? 0 : costOf(this.#held));
        step();
      }),
    );
  }

  #wait(queue: (step: () => void) => void): void {
    if (this.#waits) return;
    this.#waits = true;
    super.pause();
    queue(() => {
      this.#waits = false;
      // The time that it has waited gives nothing back.
      this.#usedAt = this.#turns.now;
      this.#goOn();
      this.#drain();
    });
  }

  #goOn(): void {
    if (this.#waits || this.#pausedByOwner) return;
    this.#deliverHeld();
    // What was delivered may have led to a pause, or used up the share.
    if (!this.#waits && !this.#pausedByOwner) super.resume();
  }

  #deliverHeld(): void {
    const frame = this.#held;
    this.#held = undefined;
    if (frame !== undefined) this.#events?.frame(frame);
  }

  #drain(): void {
    if (!this.#ownerBlocked || this.#innerBlocked || this.#waits) return;
    this.#ownerBlocked = false;
    this.#events?.drain();
  }
}

/** In shares. */
function costOf({ length }: Uint8Array): number {
  return Math.max(smallFrame, length / share.bytes);
}
