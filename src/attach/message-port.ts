import { listen, type EventTargetLike } from "./event-target.js";
import { connectionLost } from "./lost.js";
import type { MessagePath, MessagePathEvents } from "./message-path.js";

/** What is used of a MessagePort, the browser's or that of `node:worker_threads`. */
export interface MessagePortLike extends EventTargetLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  start(): void;
  close(): void;
}

/** One end of a MessageChannel: a frame is a Uint8Array, which is transferred. */
export class MessagePortPath implements MessagePath {
  readonly remote: string;
  readonly #port: MessagePortLike;
  #closed = false;

  constructor(port: MessagePortLike, remote: string) {
    this.remote = remote;
    this.#port = port;
  }

  open(events: MessagePathEvents): void {
    const port = this.#port;
    listen(port, "message", ({ data }: { readonly data: unknown }) => {
      if (ArrayBuffer.isView(data)) {
        // Copied: what the far end has sent may be memory that it shares and still writes to, or a part of something large.
        events.frame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice());
      } else {
        events.text(typeof data === "string" ? data : "");
      }
    });
    listen(port, "messageerror", () => events.text(""));
    // Browsers that lack the event say nothing when the far end has gone away without a word.
    listen(port, "close", () => {
      events.over(connectionLost(this.remote, "closed it without a word"));
    });
    port.start();
  }

  send(data: Uint8Array | string): void {
    if (typeof data === "string") {
      this.#port.postMessage(data, []);
    } else {
      const copy = data.slice();
      this.#port.postMessage(copy, [copy.buffer]);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#port.close();
  }

  cut(): void {
    if (this.#closed) return;
    this.send("cut");
    this.close();
  }
}
