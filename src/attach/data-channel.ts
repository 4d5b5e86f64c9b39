import { SessionError } from "../errors/index.js";
import { listen, type EventTargetLike } from "./event-target.js";
import { Deframer, encodeFrame } from "./framing.js";
import { onceOpen } from "./channel-opening.js";
import { connectionLost } from "./lost.js";
import type { MessagePath, MessagePathEvents } from "./message-path.js";
import { UntilOpen } from "./until-open.js";

/** The longest message, in bytes, that every implementation of RTCDataChannel takes. */
export const longestChannelMessage = 16_384;

/** What is used of an RTCDataChannel. */
export interface DataChannelLike extends EventTargetLike {
  binaryType: string;
  bufferedAmountLowThreshold: number;
  readonly bufferedAmount: number;
  readonly ordered: boolean;
  readonly maxRetransmits: number | null;
  readonly maxPacketLifeTime: number | null;
  readonly readyState: string;
  /** Bytes, too: how the platforms spell their types differs. */
  send(data: string): void;
  close(): void;
}

/** Sends bytes or text. */
export interface ChannelSending {
  send(data: Uint8Array | string): void;
}

/** Whether what is sent over it arrives, and in order. */
export function isReliable(channel: DataChannelLike): boolean {
  return channel.ordered && channel.maxRetransmits === null && channel.maxPacketLifeTime === null;
}

/** A reliable, ordered RTCDataChannel: frames as on a byte stream, in messages of 16 KiB at most. */
export class DataChannelPath implements MessagePath {
  readonly remote: string;
  readonly #channel: DataChannelLike & ChannelSending;
  readonly #queue: UntilOpen;
  readonly #deframer = new Deframer();
  #fail: (error: SessionError) => void = () => undefined;

  constructor(channel: DataChannelLike, remote: string) {
    this.remote = remote;
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    this.#queue = new UntilOpen(false, data => this.#sendNow(data));
  }

  open(events: MessagePathEvents): void {
    const channel = this.#channel;
    this.#fail = error => queueMicrotask(() => events.over(error));
    onceOpen(channel, () => this.#queue.open());
    listen(channel, "message", ({ data }: { readonly data: ArrayBuffer | string }) => {
      if (typeof data === "string") events.text(this.#deframer.held === 0 ? data : "");
      else this.#received(new Uint8Array(data), events);
    });
    listen(channel, "error", ({ error }: { readonly error?: unknown }) => {
      events.over(connectionLost(this.remote, "is gone (see the cause)", error));
    });
    const isOver = (): void => events.over(connectionLost(this.remote, "closed it without a word"));
    listen(channel, "close", isOver);
    if (channel.readyState === "closing" || channel.readyState === "closed") queueMicrotask(isOver);
  }

  send(data: Uint8Array | string): void {
    this.#queue.send(data);
  }

  limit(length: number): void {
    this.#deframer.setMaxFrameLength(length);
  }

  close(): void {
    if (this.#channel.readyState === "open") this.#queue.open();
    this.#channel.close();
  }

  cut(): void {
    if (this.#channel.readyState === "open") this.#sendNow("cut");
    this.#channel.close();
  }

  #received(piece: Uint8Array, events: MessagePathEvents): void {
    this.#deframer.push(piece);
    try {
      for (let frame = this.#deframer.next(); frame !== undefined; frame = this.#deframer.next()) {
        events.frame(frame);
      }
    } catch (error) {
      if (!SessionError.is(error)) throw error;
      events.over(error);
    }
  }

  #sendNow(data: Uint8Array | string): void {
    if (this.#channel.readyState !== "open") return;
    try {
      if (typeof data === "string") {
        this.#channel.send(data);
        return;
      }
      const bytes = encodeFrame(data);
      for (let at = 0; at < bytes.length; at += longestChannelMessage) {
        this.#channel.send(bytes.subarray(at, at + longestChannelMessage));
      }
    } catch (cause) {
      this.#fail(connectionLost(this.remote, "takes nothing more (see the cause)", cause));
    }
  }
}
