import { SessionError } from "../errors/index.js";
import { listen, type EventTargetLike } from "./event-target.js";
import { connectionLost } from "./lost.js";
import type { MessagePath, MessagePathEvents } from "./message-path.js";
import { UntilOpen } from "./until-open.js";

/** What is used of a WebSocket, the platform's or that of `ws`. */
export interface WebSocketLike extends EventTargetLike {
  binaryType: string;
  readonly readyState: number;
  /** Bytes, too: how the platforms spell their types differs. */
  send(data: string): void;
  close(code?: number): void;
}

/** What they have besides, those of `ws` most of it. */
interface WebSocketExtras {
  send(data: Uint8Array | string): void;
  terminate?(): void;
  pause?(): void;
  resume?(): void;
  /** Its parser. `ws` takes a limit only when it is made, and a handshake must not cost a megabyte. */
  readonly _receiver?: { _maxPayload?: number };
}

const connecting = 0;
const open = 1;

/** The shortest limit that can be set: the texts of the far end have to fit, too. */
const shortestLimit = 64;

/** Codes of RFC 6455, section 7.4: all is well, and the first that is the application's own. */
const closeCodes = { normal: 1000, cut: 4000 } as const;

/** One end of a WebSocket: a frame is a binary message. */
export class WebSocketPath implements MessagePath {
  readonly remote: string;
  readonly #socket: WebSocketLike & WebSocketExtras;
  readonly #queue: UntilOpen;
  #limit: number | undefined;
  #closed = false;

  constructor(socket: WebSocketLike, remote: string) {
    this.remote = remote;
    this.#socket = socket;
    this.#queue = new UntilOpen(socket.readyState !== connecting, data => {
      // One that is closing drops it; its end will be told.
      if (socket.readyState === open) this.#socket.send(data);
    });
    socket.binaryType = "arraybuffer";
  }

  open(events: MessagePathEvents): void {
    const socket = this.#socket;
    listen(socket, "open", () => {
      this.#applyLimit();
      this.#queue.open();
      if (this.#closed) socket.close(closeCodes.normal);
    });
    listen(socket, "message", ({ data }: { readonly data: ArrayBuffer | string }) => {
      if (typeof data === "string") events.text(data);
      else events.frame(new Uint8Array(data));
    });
    listen(socket, "error", ({ error }: { readonly error?: unknown }) => {
      // The platform's own says nothing, and closes.
      if (error !== undefined) events.over(this.#failure(error));
    });
    const isOver = (code: number): void => {
      events.over(connectionLost(this.remote, `closed it before the end (WebSocket code ${code})`));
    };
    listen(socket, "close", ({ code }: { readonly code: number }) => isOver(code));
    if (socket.readyState > open) queueMicrotask(() => isOver(1006));
  }

  send(data: Uint8Array | string): void {
    this.#queue.send(data);
  }

  limit(length: number): void {
    this.#limit = Math.max(length, shortestLimit);
    this.#applyLimit();
  }

  pause(): void {
    this.#socket.pause?.();
  }

  resume(): void {
    this.#socket.resume?.();
  }

  close(): void {
    this.#closed = true;
    if (this.#socket.readyState !== connecting) this.#socket.close(closeCodes.normal);
  }

  cut(): void {
    if (this.#socket.terminate === undefined) this.#socket.close(closeCodes.cut);
    else this.#socket.terminate();
  }

  #applyLimit(): void {
    const parser = this.#socket._receiver;
    if (this.#limit !== undefined && parser?._maxPayload !== undefined) parser._maxPayload = this.#limit;
  }

  #failure(cause: unknown): SessionError {
    const code = String((cause as { readonly code?: unknown } | null)?.code);
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
      return new SessionError("frame-too-long", "The far end announced a frame that is too long.", { cause });
    }
    if (code.startsWith("WS_ERR_")) {
      return new SessionError("frame-malformed", `${this.remote} does not speak WebSocket (${code}).`, {
        cause,
      });
    }
    return connectionLost(this.remote, "is gone (see the cause)", cause);
  }
}
