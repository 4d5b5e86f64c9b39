import { SessionError } from "../errors/index.js";
import { onceOpen } from "./channel-opening.js";
import { ConnectionOwner } from "./connection-owner.js";
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
  readonly #owner = new ConnectionOwner();
  #held: Uint8Array[] = [];
  #maxFrameLength = longestChannelMessage;
  #paused = false;
  #blocked = false;

  constructor(channel: DataChannelLike, remote: string) {
    this.remote = remote;
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = highWaterMark / 2;
    this.#queue = new UntilOpen(false, data => this.#sendNow(data));
    onceOpen(channel, () => this.#queue.open());
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
      this.#owner.conclude(connectionLost(this.remote, "had closed it before"));
    }
  }

  start(events: ConnectionEvents): void {
    this.#owner.take(events);
    this.#soon();
  }

  /** A frame has 16,384 bytes at most. @throws invalid-argument */
  write(frame: Uint8Array): boolean {
    if (frame.length === 0 || frame.length > longestChannelMessage) {
      const allowed = `A frame over this channel has 1 to ${longestChannelMessage} bytes`;
      throw new SessionError("invalid-argument", `${allowed}; this one has ${frame.length}.`);
    }
    if (this.#owner.over) return false;
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
    if (this.#owner.over) return;
    if (this.#channel.readyState === "open") this.#queue.open();
    this.#owner.conclude(undefined);
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
      this.#owner.tellEnd();
    });
  }

  #deliver(): void {
    const events = this.#owner.events;
    if (events === undefined) return;
    while (!this.#paused && !this.#owner.over) {
      const frame = this.#held.shift();
      if (frame === undefined) break;
      // Anybody can send a datagram, so one that is too long ends nothing.
      if (frame.length <= this.#maxFrameLength) events.frame(frame);
    }
  }

  #relieve(): void {
    if (!this.#blocked || this.#owner.over) return;
    this.#blocked = false;
    this.#owner.events?.drain();
  }

  #conclude(error: SessionError | undefined): void {
    this.#owner.conclude(error);
    this.#owner.tellEnd();
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
