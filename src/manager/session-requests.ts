import { SessionError } from "../errors/index.js";
import { streamCode, type Stream } from "../streams/index.js";
import { abortedError, throwIfAborted } from "./abortable.js";
import { Message, messageBytes, type MessageData } from "./message.js";
import type { PeerId } from "./peer-id.js";
import { doneReply, failedReply, readReply, unhandledReply } from "./reply.js";
import { RequestError } from "./request-error.js";
import { collect, conclude } from "./request-stream.js";
import type { SessionDriver } from "./session-driver.js";
import type { SessionStreams } from "./session-streams.js";

/** Milliseconds for a reply, where the application says nothing. */
const defaultTimeout = 30_000;

/** Bytes of a request or a reply, where the application says nothing: as a message. */
const defaultMaxBytes = 1_048_576;

/** Milliseconds for which the first requests wait for a handler: they may come before an application has had the session in its hand. */
const registrationTime = 1_000;

/** How long a request waits, and how much it takes. */
export interface RequestOptions {
  /** Gives the request up; the handler's signal aborts, too. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the reply. Default: 30,000. */
  readonly timeout?: number;
  /** Bytes of the reply at most. Default: 1,048,576. */
  readonly maxReply?: number;
}

/** How much a handler takes. */
export interface RespondOptions {
  /** Bytes of a request at most; a longer one fails with the code `request-too-long`. Default: 1,048,576. */
  readonly maxRequest?: number;
}

/** What a handler knows besides the request. */
export interface RequestContext {
  /** Aborts when the requester gives up, its time is over, or the session ends. */
  readonly signal: AbortSignal;
  /** Who asks. */
  readonly peer: PeerId;
}

/** Answers a request. What it throws is told to `onError`; the requester learns that it failed, and of a `RequestError` why. */
export type RequestHandler = (
  request: Message,
  context: RequestContext,
) => MessageData | Promise<MessageData>;

interface Registration {
  readonly handler: RequestHandler;
  readonly maxRequest: number;
}

/** Requests and replies of one session: each is a stream of its own. */
export class SessionRequests {
  readonly #driver: SessionDriver;
  readonly #streams: SessionStreams;
  readonly #peer: () => PeerId;
  readonly #onError: (error: unknown) => void;
  #handlers: Map<string, Registration> | undefined;
  /** Requests that came before there was a handler for them. */
  #early: Set<Stream> | undefined;
  /** Whether requests wait for a handler no more. */
  #late = false;

  constructor(
    driver: SessionDriver,
    streams: SessionStreams,
    peer: () => PeerId,
    onError: (error: unknown) => void,
  ) {
    this.#driver = driver;
    this.#streams = streams;
    this.#peer = peer;
    this.#onError = onError;
  }

  async request(label: string, data: MessageData, options: RequestOptions): Promise<Message> {
    const { signal, timeout = defaultTimeout, maxReply = defaultMaxBytes } = options;
    throwIfAborted(signal);
    const stream = this.#streams.openRaw("request", label);
    const reply = await new Promise<Uint8Array>((resolve, reject) => {
      const settle = (code: number | undefined, error: SessionError): void => {
        cancel();
        reject(error);
        if (code !== undefined) stream.reset(code);
      };
      const abort = (): void => settle(streamCode.cancelled, abortedError(signal!));
      const expire = this.#driver.schedule(timeout, () => {
        const message = `The peer has not answered the request "${label}" within ${timeout} ms.`;
        settle(streamCode.timeout, new SessionError("request-timeout", message));
      });
      const cancel = (): void => {
        expire();
        signal?.removeEventListener("abort", abort);
      };
      signal?.addEventListener("abort", abort, { once: true });
      collect(stream, maxReply + 1, {
        received: bytes => {
          cancel();
          resolve(bytes);
          // The peer has answered before it has read all of the request, perhaps.
          stream.reset(streamCode.cancelled);
        },
        tooLong: () => {
          const message = `The reply to the request "${label}" is longer than ${maxReply} bytes.`;
          settle(streamCode.cancelled, new SessionError("request-failed", message));
        },
        failed: error => settle(undefined, requestError(error, label)),
      });
      if (stream.writeOutcome !== undefined) return;
      stream.write(messageBytes(data).slice());
      stream.end();
    });
    return new Message(readReply(reply, label));
  }

  /** @throws invalid-argument where the label has a handler */
  respond(label: string, handler: RequestHandler, options: RespondOptions): () => void {
    const handlers = (this.#handlers ??= new Map<string, Registration>());
    if (handlers.has(label)) {
      throw new SessionError("invalid-argument", `Requests "${label}" have a handler: take it away first.`);
    }
    const registration = { handler, maxRequest: options.maxRequest ?? defaultMaxBytes };
    handlers.set(label, registration);
    for (const stream of this.#early ?? []) if (stream.label === label) this.take(stream);
    return () => {
      if (handlers.get(label) === registration) handlers.delete(label);
    };
  }

  /** Takes a request of the peer. */
  take(stream: Stream): void {
    const registration = this.#handlers?.get(stream.label);
    if (registration !== undefined) {
      this.#early?.delete(stream);
      this.#serve(stream, registration);
    } else if (this.#late) {
      conclude(stream, unhandledReply());
    } else {
      this.#wait(stream);
    }
  }

  #wait(stream: Stream): void {
    const early = (this.#early ??= new Set());
    if (early.size === 0) {
      this.#driver.schedule(registrationTime, () => {
        this.#late = true;
        this.#early = undefined;
        for (const waiting of early) conclude(waiting, unhandledReply());
      });
    }
    early.add(stream);
    stream.listener = {
      readable: () => undefined,
      writable: () => undefined,
      over: () => early.delete(stream),
    };
  }

  #serve(stream: Stream, { handler, maxRequest }: Registration): void {
    const controller = new AbortController();
    collect(stream, maxRequest, {
      received: bytes => {
        const context = { signal: controller.signal, peer: this.#peer() };
        // A request that is given up keeps its place while its handler is at work: else a peer could begin any number.
        stream.hold();
        void this.#answer(stream, async () => handler(new Message(bytes), context));
      },
      tooLong: () => {
        const message = `The request has more than ${maxRequest} bytes.`;
        conclude(stream, failedReply(new RequestError("request-too-long", message)));
      },
      failed: error => controller.abort(error),
    });
  }

  async #answer(stream: Stream, handle: () => Promise<MessageData>): Promise<void> {
    try {
      conclude(stream, doneReply(messageBytes(await handle())));
    } catch (error) {
      conclude(stream, failedReply(error));
      if (!(error instanceof RequestError)) this.#onError(error);
    } finally {
      stream.release();
    }
  }
}

/** What became of a request whose stream failed by `error`. */
function requestError(error: SessionError, label: string): SessionError {
  if (error.code !== "stream-reset") return error;
  return new SessionError("request-failed", `The peer has given up the request "${label}".`, {
    cause: error,
  });
}
