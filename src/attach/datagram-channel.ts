import { SessionError } from "../errors/index.js";
import type { Connection, ConnectionEvents } from "../ports/index.js";
import { longestChannelMessage, type ChannelSending, type DataChannelLike } from "./data-channel.js";
import { listen } from "./event-target.js";
import { checkedMaxFrameLength } from "./framing.js";
import { connectionLost } from "./lost.js";
import { UntilOpen } from "./until-open.js";

/** Bytes on their way from which `write` returns false; `drain` comes at half of it. */
const highWaterMark = 65_536;

/** Datagrams that are kept for an owner who does not read; those after them are lost. */
const mostHeld = 256;

/** Datagrams over an RTCDataChannel that may lose or reorder: one message is one frame. */
export class DatagramChannelConnection implements Connection {
  readonly delivery = "datagram";
  readonly remote: string;
  readonly #channel: DataChannelLike & ChannelSending;
  readonly #queue: UntilOpen;
  #events: ConnectionEvents | undefined;
  #held: Uint8Array[] = [];
  #maxFrameLength = longestChannelMessage;
  #paused = false;
  #blocked = false;
  #outcome: { readonly error: SessionError | undefined } | undefined;
  #told = false;

  constructor(channel: DataChannelLike, remote: string) {
    this.remote = remote;
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = highWaterMark / 2;
    this.#queue = new UntilOpen(channel.readyState !== "connecting", data => this.#sendNow(data));
    listen(channel, "open", () => this.#queue.open());
    listen(channel, "bufferedamountlow", () => this.#relieve());
    listen(channel, "message", ({ data }: { readonly data: ArrayBuffer | string }) => {
      if (typeof data !== "string" && data.byteLength > 0 && this.#held.length < mostHeld) {
        this.#held.push(new Uint8Array(data));
      }
      this.#deliver();
    });
    listen(channel, "error", ({ error }: { readonly error?: unknown }) => {
      this.#conclude(connectionLost(this.remote, "is gone (see the cause)", error));
    });
    listen(channel, "close", () => this.#conclude(undefined));
    if (channel.readyState === "closing" || channel.readyState === "closed") {
      this.#outcome = { error: connectionLost(this.remote, "had closed it before") };
    }
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== undefined) {
      throw new SessionError("invalid-argument", "This connection has been started: it has one owner.");
    }
    this.#events = events;
    this.#soon();
  }

  /** A frame has 16,384 bytes at most. @throws invalid-argument */
  write(frame: Uint8Array): boolean {
    if (frame.length === 0 || frame.length > longestChannelMessage) {
      const allowed = `A frame over this channel has 1 to ${longestChannelMessage} bytes`;
      throw new SessionError("invalid-argument", `${allowed}; this one has ${frame.length}.`);
    }
    if (this.#outcome !== undefined) return false;
    this.#queue.send(frame);
    if (this.#channel.bufferedAmount >= highWaterMark) this.#blocked = true;
    return !this.#blocked;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#soon();
  }

  setMaxFrameLength(length: number): void {
    this.#maxFrameLength = checkedMaxFrameLength(length);
  }

  close(): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error: undefined };
    this.#channel.close();
    this.#soon();
  }

  destroy(): void {
    this.#held = [];
    this.close();
  }

  #soon(): void {
    queueMicrotask(() => {
      this.#deliver();
      this.#tellEnd();
    });
  }

  #deliver(): void {
    const events = this.#events;
    if (events === undefined) return;
    while (!this.#paused && this.#outcome === undefined) {
      const frame = this.#held.shift();
      if (frame === undefined) break;
      // Anybody can send a datagram, so one that is too long ends nothing.
      if (frame.length <= this.#maxFrameLength) events.frame(frame);
    }
  }

  #relieve(): void {
    if (!this.#blocked || this.#outcome !== undefined) return;
    this.#blocked = false;
    this.#events?.drain();
  }

  #conclude(error: SessionError | undefined): void {
    this.#outcome ??= { error };
    this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#outcome === undefined || this.#events === undefined || this.#told) return;
    this.#told = true;
    this.#events.end(this.#outcome.error);
  }

  #sendNow(data: Uint8Array | string): void {
    if (this.#channel.readyState !== "open") return;
    try {
      this.#channel.send(data);
    } catch {
      // Its buffer is full: a datagram may be lost.
    }
  }
}
