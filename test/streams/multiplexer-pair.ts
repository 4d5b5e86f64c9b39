import { SessionError } from "../../src/errors/index.js";
import { Multiplexer, type Stream } from "../../src/streams/index.js";

/** One multiplexer, and what it does to its owner. */
export class MultiplexerEnd {
  readonly multiplexer: Multiplexer;
  readonly opened: Stream[] = [];
  sendable = 0;

  constructor(role: "initiator" | "responder", maxStreams?: number) {
    this.multiplexer = new Multiplexer({
      role,
      ...(maxStreams === undefined ? {} : { maxStreams }),
      onOpened: stream => this.opened.push(stream),
      onSendable: () => this.sendable++,
    });
  }

  /** All frames that can go out now. */
  frames(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    return frames;
  }

  /** A copy: the multiplexer uses the memory again. */
  next(): Uint8Array | undefined {
    return this.multiplexer.next()?.slice();
  }

  take(frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.multiplexer.receive(frame);
  }
}

/** Two multiplexers that are each other's peer. */
export class MultiplexerPair {
  readonly near: MultiplexerEnd;
  readonly far: MultiplexerEnd;

  constructor(options: { readonly maxStreams?: number } = {}) {
    this.near = new MultiplexerEnd("initiator", options.maxStreams);
    this.far = new MultiplexerEnd("responder", options.maxStreams);
  }

  /** Carries frames until neither end has one. */
  settle(): void {
    for (let moved = true; moved;) {
      const [toFar, toNear] = [this.near.frames(), this.far.frames()];
      this.far.take(toFar);
      this.near.take(toNear);
      moved = toFar.length + toNear.length > 0;
    }
  }

  /** A stream from the near end, as both ends have it. */
  open(label = ""): { readonly near: Stream; readonly far: Stream } {
    const near = this.near.multiplexer.open("stream", label);
    this.settle();
    return { near, far: this.far.opened.at(-1)! };
  }
}

export function bytesOf(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (first + i * 31) & 0xff);
}

/** All that waits to be read. */
export function readAll(stream: Stream): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let piece = stream.read(); piece !== undefined; piece = stream.read()) pieces.push(piece);
  return Uint8Array.from(pieces.flatMap(piece => [...piece]));
}

export const closed = new SessionError("session-closed", "The session is over.");
