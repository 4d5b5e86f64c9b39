import { checkedMaxFrameLength, ConnectionOwner, defaultMaxFrameLength } from "../attach/index.js";
import { SessionError } from "../errors/index.js";
import type { Connection, ConnectionEvents } from "../ports/index.js";

/** Calls `step` once, later: never before it has returned. */
export type Schedule = (step: () => void) => void;

/** How a connection in memory behaves. */
export interface MemoryOptions {
  /** What the connections say of themselves. Neither kind loses or reorders by itself. Default: `ordered`. */
  readonly delivery?: "ordered" | "datagram";
  /** Bytes on their way from which `write` returns false; `drain` comes at half of it. Default: 65,536. */
  readonly highWaterMark?: number;
  /** When deliveries happen: one frame, drain or end for each step. Default: a microtask for each. */
  readonly schedule?: Schedule;
}

// Not the function itself: a browser calls it only as the window's own.
const soon: Schedule = step => queueMicrotask(step);

/** Settings with nothing left open. */
export type MemorySettings = Required<MemoryOptions>;

/** @throws invalid-argument where the high-water mark is not a whole number, 1 or more */
export function memorySettings(options: MemoryOptions): MemorySettings {
  const { delivery = "ordered", highWaterMark = 65_536, schedule = soon } = options;
  if (!Number.isInteger(highWaterMark) || highWaterMark < 1) {
    throw new SessionError("invalid-argument", `A high-water mark is 1 byte or more, not ${highWaterMark}.`);
  }
  return { delivery, highWaterMark, schedule };
}

/** One end of a pair in memory. What an end writes waits in the far end's inbox. */
export class MemoryConnection implements Connection {
  readonly delivery: "ordered" | "datagram";
  readonly remote: string;
  readonly #settings: MemorySettings;
  #far!: MemoryConnection;
  readonly #owner = new ConnectionOwner();
  #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #maxFrameLength = defaultMaxFrameLength;
  #paused = false;
  #stepDue = false;
  #blocked = false;
  #closed = false;
  #farClosed = false;

  private constructor(remote: string, settings: MemorySettings) {
    this.delivery = settings.delivery;
    this.remote = remote;
    this.#settings = settings;
  }

  /** Two ends that are each other's far end; the first sees `remotes[0]`. */
  static pair(
    remotes: readonly [string, string],
    settings: MemorySettings,
  ): [MemoryConnection, MemoryConnection] {
    const near = new MemoryConnection(remotes[0], settings);
    const far = new MemoryConnection(remotes[1], settings);
    near.#far = far;
    far.#far = near;
    return [near, far];
  }

  start(events: ConnectionEvents): void {
    this.#owner.take(events);
    this.#wake();
  }

  write(frame: Uint8Array): boolean {
    if (frame.length === 0) throw new SessionError("invalid-argument", "A frame has at least 1 byte.");
    const far = this.#far;
    if (this.#closed || this.#owner.over || far.#owner.over) return false;
    far.#inbox.push(Uint8Array.from(frame));
    far.#inboxBytes += frame.length;
    far.#wake();
    if (far.#inboxBytes >= this.#settings.highWaterMark) this.#blocked = true;
    return !this.#blocked;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake();
  }

  setMaxFrameLength(length: number): void {
    this.#maxFrameLength = checkedMaxFrameLength(length);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#far.#farClosed = true;
    this.#far.#wake();
  }

  destroy(): void {
    // Where this end has been told that all is over, the far end is to hear the same.
    if (this.#owner.over) return;
    this.#cutBoth(undefined);
  }

  #cutBoth(error: SessionError | undefined): void {
    this.#cut(error);
    this.#far.#cut(
      new SessionError(
        "connection-lost",
        "The far end cut the connection: connect again, and resume or shake hands anew.",
      ),
    );
  }

  #cut(error: SessionError | undefined): void {
    this.#owner.conclude(error);
    this.#closed = true;
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.#wake();
  }

  #wake(): void {
    if (this.#stepDue || this.#owner.events === undefined || this.#owner.told) return;
    this.#stepDue = true;
    this.#settings.schedule(() => {
      this.#stepDue = false;
      try {
        this.#step();
      } finally {
        if (this.#hasMore()) this.#wake();
      }
    });
  }

  #hasMore(): boolean {
    if (this.#owner.told) return false;
    if (this.#owner.over || this.#owner.drainDue) return true;
    return !this.#paused && (this.#inbox.length > 0 || this.#farClosed);
  }

  /** Tells the owner one thing at most. */
  #step(): void {
    const events = this.#owner.events;
    if (events === undefined || !this.#hasMore()) return;
    if (this.#owner.over) {
      this.#owner.tellEnd();
    } else if (this.#owner.drainDue) {
      this.#owner.tellDrain();
    } else {
      const frame = this.#inbox.shift();
      if (frame === undefined) this.#finish();
      else this.#deliver(frame, events);
    }
  }

  #deliver(frame: Uint8Array, events: ConnectionEvents): void {
    this.#inboxBytes -= frame.length;
    this.#far.#relieve(this.#inboxBytes);
    if (frame.length <= this.#maxFrameLength) {
      events.frame(frame);
      return;
    }
    // Anybody can send a datagram, so one that is too long ends nothing.
    if (this.delivery === "datagram") return;
    this.#cutBoth(
      new SessionError(
        "frame-too-long",
        `The far end sent a frame of ${frame.length} bytes; at most ${this.#maxFrameLength} are accepted.`,
      ),
    );
  }

  #relieve(bytesOnTheirWay: number): void {
    if (!this.#blocked || bytesOnTheirWay > this.#settings.highWaterMark / 2) return;
    this.#blocked = false;
    if (this.#closed) return;
    this.#owner.oweDrain();
    this.#wake();
  }

  #finish(): void {
    this.#owner.conclude(undefined);
    this.close();
    this.#owner.tellEnd();
  }
}
