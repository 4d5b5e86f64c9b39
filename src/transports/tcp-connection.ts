import type { Socket } from "node:net";
import { SessionError } from "../errors/index.js";
import type { Connection, ConnectionEvents } from "../ports/index.js";
import { Deframer, encodeFrame, frameHeader } from "./framing.js";
import { tcpError } from "./tcp-errors.js";

/** Frames up to this many bytes are copied behind their header: cheaper than a vector of two. */
const copiedFrame = 4096;

/** Options that a socket must have been made with, so that this file decides when it reads and when it ends. */
export const socketOptions = { allowHalfOpen: true, noDelay: true, highWaterMark: 65_536 } as const;

/** Milliseconds without any progress after which a connection that is being closed is cut. */
export const defaultLingerTime = 10_000;

/** Frames over one TCP socket. The socket comes connected and paused, made with `socketOptions`, and is the connection's own. */
export class TcpConnection implements Connection {
  readonly delivery = "ordered";
  readonly remote: string;
  readonly #socket: Socket;
  readonly #lingerTime: number;
  readonly #deframer = new Deframer();
  #events: ConnectionEvents | undefined;
  #paused = false;
  #corked = false;
  #drainDue = false;
  #closed = false;
  #farClosed = false;
  /** Set once the connection is over for the owner; `end` may still have to be told. */
  #outcome: { readonly error: SessionError | undefined } | undefined;
  #told = false;

  /** `lingerTime`: milliseconds. */
  constructor(socket: Socket, remote: string, lingerTime: number) {
    this.#socket = socket;
    this.remote = remote;
    this.#lingerTime = lingerTime;
    socket.on("data", (chunk: Uint8Array) => {
      this.#deframer.push(chunk);
      this.#deliver();
    });
    socket.on("end", () => {
      this.#farClosed = true;
      this.#deliver();
    });
    socket.on("drain", () => {
      this.#drainDue = true;
      this.#tellDrain();
    });
    socket.on("timeout", () => {
      this.#conclude(this.#lost(`did not take or close what was left within ${this.#lingerTime} ms`));
      this.#cut();
    });
    socket.on("error", error => this.#socketIsOver(tcpError("connection-lost", remote, error)));
    socket.on("close", () => this.#socketIsOver(this.#lost("closed it without a word")));
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== undefined) {
      throw new SessionError("invalid-argument", "This connection has been started: it has one owner.");
    }
    this.#events = events;
    queueMicrotask(() => {
      this.#tellDrain();
      this.#tellEnd();
    });
    if (!this.#paused) this.#socket.resume();
  }

  /** `frame` must not change until it has gone out: a long one is not copied. @throws invalid-argument where it is empty */
  write(frame: Uint8Array): boolean {
    const header = frameHeader(frame.length);
    if (this.#closed || this.#outcome !== undefined) return false;
    this.#cork();
    if (frame.length <= copiedFrame) return this.#socket.write(encodeFrame(frame));
    this.#socket.write(header);
    return this.#socket.write(frame);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#events === undefined) return;
    this.#socket.resume();
    // Not at once: the owner may be in a call.
    queueMicrotask(() => this.#deliver());
  }

  setMaxFrameLength(length: number): void {
    this.#deframer.setMaxFrameLength(length);
  }

  close(): void {
    if (this.#closed || this.#outcome !== undefined) return;
    if (this.#events === undefined) {
      // Nobody reads here, so nobody would notice the far end's answer.
      this.#outcome = { error: undefined };
      this.#socket.destroySoon();
    }
    this.#endSocket();
  }

  destroy(): void {
    // Both ends have closed in good order: a reset now would tell the far end otherwise.
    if (this.#farClosed && this.#outcome !== undefined) return;
    this.#outcome ??= { error: undefined };
    this.#cut();
  }

  /** Everything that is written until this turn ends goes to the system in one call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    queueMicrotask(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }

  #deliver(): void {
    const events = this.#events;
    if (events === undefined) return;
    while (!this.#paused && this.#outcome === undefined) {
      const frame = this.#nextFrame();
      if (frame === undefined) break;
      events.frame(frame);
    }
    if (this.#farClosed && !this.#paused && this.#outcome === undefined) this.#finish();
  }

  #nextFrame(): Uint8Array | undefined {
    try {
      return this.#deframer.next();
    } catch (error) {
      this.#outcome = { error: error as SessionError };
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
      this.#endSocket();
      this.#conclude(undefined);
    }
  }

  #socketIsOver(error: SessionError): void {
    // What the far end sent before it closed in good order is still delivered when the owner resumes.
    if (this.#farClosed && this.#outcome === undefined) return;
    this.#conclude(error);
  }

  #conclude(error: SessionError | undefined): void {
    this.#outcome ??= { error };
    this.#tellEnd();
  }

  #tellDrain(): void {
    if (!this.#drainDue || this.#events === undefined || this.#outcome !== undefined) return;
    this.#drainDue = false;
    this.#events.drain();
  }

  #tellEnd(): void {
    if (this.#outcome === undefined || this.#events === undefined || this.#told) return;
    this.#told = true;
    this.#events.end(this.#outcome.error);
  }

  #endSocket(): void {
    this.#closed = true;
    this.#socket.end();
    this.#socket.setTimeout(this.#lingerTime);
  }

  /** A reset, so that the far end does not take it for a close in good order. The owner may be in a call: it is told later. */
  #cut(): void {
    this.#closed = true;
    queueMicrotask(() => this.#tellEnd());
    if (!this.#socket.destroyed) this.#socket.resetAndDestroy();
  }

  #lost(what: string): SessionError {
    return new SessionError(
      "connection-lost",
      `The connection with ${this.remote} was lost: the far end ${what}. Connect again.`,
    );
  }
}
