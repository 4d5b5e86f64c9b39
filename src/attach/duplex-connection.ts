import type { SessionError } from "../errors/index.js";
import { ConnectionOwner } from "./connection-owner.js";
import type { Connection, ConnectionEvents } from "../ports/index.js";
import { Deframer, encodeFrame, frameHeader } from "./framing.js";
import { connectionLost } from "./lost.js";

/** Frames up to this many bytes are copied behind their header: cheaper than a vector of two. */
const copiedFrame = 4096;

/** Milliseconds without any progress after which a connection that is being closed is cut. */
export const defaultLingerTime = 10_000;

/** What is used of a byte stream in both directions: Node's `Duplex`, `net.Socket` and `tls.TLSSocket` have it. */
export interface DuplexLike {
  on(event: string, listener: (argument: unknown) => void): unknown;
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** What some of them have besides. */
interface DuplexExtras {
  readonly connecting?: boolean;
  readonly destroyed?: boolean;
  readonly readableEnded?: boolean;
  cork?(): void;
  uncork?(): void;
  /** Sockets: the far end shall not take it for an end in good order. Throws where the socket is not TCP's own. */
  resetAndDestroy?(): void;
  /** Sockets: `timeout` comes after that many milliseconds without progress. */
  setTimeout?(milliseconds: number): void;
}

/** What a connection over a byte stream is made with. */
export interface DuplexSettings {
  readonly remote: string;
  /** Milliseconds; it needs a socket that has `setTimeout`. */
  readonly lingerTime: number;
  /** The error that tells of the stream's own. */
  readonly lost: (cause: unknown) => SessionError;
}

/**
 * Frames over one byte stream. It comes paused and is the connection's own; it must not end its writing side by itself when the
 * far end has ended (`allowHalfOpen`).
 */
export class DuplexConnection implements Connection {
  readonly delivery = "ordered";
  readonly remote: string;
  readonly #duplex: DuplexLike & DuplexExtras;
  readonly #lingerTime: number;
  readonly #deframer = new Deframer();
  readonly #owner = new ConnectionOwner();
  #paused = false;
  #corked = false;
  #closed = false;
  #farClosed: boolean;

  constructor(duplex: DuplexLike, { remote, lingerTime, lost }: DuplexSettings) {
    this.#duplex = duplex;
    this.remote = remote;
    this.#lingerTime = lingerTime;
    duplex.on("data", chunk => {
      this.#deframer.push(chunk as Uint8Array);
      this.#deliver();
    });
    duplex.on("end", () => {
      this.#farClosed = true;
      this.#deliver();
    });
    duplex.on("drain", () => {
      this.#owner.oweDrain();
      this.#owner.tellDrain();
    });
    duplex.on("timeout", () => {
      if (!this.#closed) return;
      this.#conclude(this.#lost(`did not take or close what was left within ${this.#lingerTime} ms`));
      this.#cut();
    });
    duplex.on("error", error => this.#streamIsOver(lost(error)));
    duplex.on("close", () => this.#streamIsOver(this.#lost("closed it without a word")));
    // What was over before tells nothing any more.
    this.#farClosed = this.#duplex.readableEnded === true;
    if (this.#duplex.destroyed === true) this.#streamIsOver(this.#lost("had ended it before"));
  }

  start(events: ConnectionEvents): void {
    this.#owner.take(events);
    queueMicrotask(() => {
      this.#owner.tellDrain();
      this.#owner.tellEnd();
      if (this.#farClosed) this.#deliver();
    });
    if (!this.#paused) this.#duplex.resume();
  }

  /** `frame` must not change until it has gone out: a long one is not copied. @throws invalid-argument where it is empty */
  write(frame: Uint8Array): boolean {
    const header = frameHeader(frame.length);
    if (this.#closed || this.#owner.over) return false;
    this.#cork();
    if (frame.length <= copiedFrame) return this.#duplex.write(encodeFrame(frame));
    this.#duplex.write(header);
    return this.#duplex.write(frame);
  }

  pause(): void {
    this.#paused = true;
    this.#duplex.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#owner.events === undefined) return;
    // Not at once: the owner may be in a call. What has come goes first, and may be enough to pause again: no more is read then.
    queueMicrotask(() => {
      this.#deliver();
      if (!this.#paused) this.#duplex.resume();
    });
  }

  setMaxFrameLength(length: number): void {
    this.#deframer.setMaxFrameLength(length);
  }

  close(): void {
    if (this.#closed || this.#owner.over) return;
    if (this.#owner.events === undefined) {
      // Nobody reads here, so nobody would notice the far end's answer.
      this.#owner.conclude(undefined);
      this.#duplex.on("finish", () => this.#duplex.destroy());
    }
    this.#endStream();
  }

  destroy(): void {
    // Both ends have closed in good order: a reset now would tell the far end otherwise.
    if (this.#farClosed && this.#owner.over) return;
    this.#owner.conclude(undefined);
    this.#cut();
  }

  /** Everything that is written until this turn ends goes to the system in one call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#duplex.cork?.();
    queueMicrotask(() => {
      this.#corked = false;
      this.#duplex.uncork?.();
    });
  }

  #deliver(): void {
    const events = this.#owner.events;
    if (events === undefined) return;
    while (!this.#paused && !this.#owner.over) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      events.frame(frame);
    }
    if (this.#farClosed && !this.#paused && !this.#owner.over) this.#finish();
  }

  #nextFrame(): Uint8Array | undefined {
    try {
      return this.#deframer.next();
    } catch (error) {
      this.#owner.conclude(error as SessionError);
      this.#cut();
      return undefined;
    }
  }

  /** The far end has closed, and all that it sent has been delivered. */
  #finish(): void {
    if (this.#deframer.held > 0) {
      this.#conclude(this.#lost("closed it in the middle of a frame"));
      this.#cut();
    } else {
      this.#endStream();
      this.#conclude(undefined);
    }
  }

  #streamIsOver(error: SessionError): void {
    // What the far end sent before it closed in good order is still delivered when the owner resumes.
    if (this.#farClosed && !this.#owner.over) return;
    this.#conclude(error);
  }

  #conclude(error: SessionError | undefined): void {
    this.#owner.conclude(error);
    this.#owner.tellEnd();
  }

  #endStream(): void {
    this.#closed = true;
    this.#duplex.end();
    this.#duplex.setTimeout?.(this.#lingerTime);
  }

  /** A reset where there is one, so that the far end does not take it for a close in good order. The owner may be in a call: it is told later. */
  #cut(): void {
    this.#closed = true;
    queueMicrotask(() => this.#owner.tellEnd());
    if (this.#duplex.destroyed === true) return;
    try {
      if (this.#duplex.resetAndDestroy === undefined || this.#duplex.connecting === true)
        this.#duplex.destroy();
      else this.#duplex.resetAndDestroy();
    } catch {
      // TLS and pipes have the method, and no reset.
      this.#duplex.destroy();
    }
  }

  #lost(what: string): SessionError {
    return connectionLost(this.remote, what);
  }
}
