import { asSessionError, SessionError } from "../errors/index.js";
import { unordered } from "../session/index.js";
import { Multiplexer, type Stream } from "../streams/index.js";
import { ByteStream } from "./byte-stream.js";
import type { SessionDriver } from "./session-driver.js";
import { StreamQueue } from "./stream-queue.js";

/** How long, in milliseconds, a session that is being closed waits until what was written to its streams has gone out. */
const lingerTime = 5_000;

/** Bytes of the longest stream frame that this end makes, and more. */
const maxFrameLength = 65_536;

/** Turns of the event loop's microtasks in which a WHATWG stream hands on what is in its queue. */
const settlingTurns = 16;

/** The streams of one session: carries their frames when the path has room, and hands out those that the peer opens. */
export class SessionStreams {
  readonly #driver: SessionDriver;
  readonly #makeMultiplexer: () => Multiplexer;
  #made: Multiplexer | undefined;
  readonly #incoming = new StreamQueue();
  #open: Set<ByteStream> | undefined;
  #flushing = false;
  #closing = false;
  #waiting: (() => void)[] = [];

  /** `onRequest` is told of each stream that the peer opens for a request. */
  constructor(driver: SessionDriver, maxStreams: number, onRequest: (stream: Stream) => void) {
    this.#driver = driver;
    this.#makeMultiplexer = () =>
      new Multiplexer({
        role: driver.machine.role,
        maxStreams,
        onOpened: stream => {
          if (stream.purpose === "request") onRequest(stream);
          else this.#incoming.put(stream);
        },
        onSendable: () => this.flush(),
      });
  }

  /** There from the first use on: the role in the full handshake is not known before a resumption is over. */
  get #multiplexer(): Multiplexer {
    return (this.#made ??= this.#makeMultiplexer());
  }

  /** Opens a stream to the peer. @throws invalid-argument, stream-refused, delivery-unordered, what ended the session */
  open(label: string): ByteStream {
    return this.#track(this.openRaw("stream", label));
  }

  /** Opens a stream without the WHATWG pair around it. @throws as `open` */
  openRaw(purpose: Stream["purpose"], label: string): Stream {
    if (this.#driver.delivery === "datagram") throw unordered("stream");
    if (this.#closing)
      throw new SessionError("session-closed", "This session is being closed: open a new one.");
    return this.#multiplexer.open(purpose, label);
  }

  /** The next stream that the peer has opened; undefined once the session has been closed. @throws what ended the session; aborted */
  async accept(signal: AbortSignal | undefined): Promise<ByteStream | undefined> {
    const stream = await this.#incoming.take(signal);
    return stream === undefined ? undefined : this.#track(stream);
  }

  /** Takes a frame of the peer; one that is not well-formed ends the session. */
  receive(frame: Uint8Array): void {
    try {
      this.#multiplexer.receive(frame);
    } catch (error) {
      this.#driver.run(now => this.#driver.machine.fail(asSessionError(error), now));
    }
  }

  /** Seals what waits, as long as the path takes it. Never throws: a session that may not send any more has its streams failed. */
  flush(): void {
    if (this.#made === undefined || this.#flushing || this.#driver.busy) return;
    this.#flushing = true;
    try {
      while (!this.#driver.blocked && this.#driver.carries(maxFrameLength)) {
        const frame = this.#multiplexer.next();
        if (frame === undefined) break;
        this.#driver.run(now => this.#driver.machine.sendStream(frame, now));
      }
    } catch (error) {
      this.#expire(asSessionError(error));
    } finally {
      this.#flushing = false;
    }
    if (this.#waiting.length > 0 && !this.#pending) this.#settle();
  }

  /** The session has ended: by `error`, or in good order where there is none. */
  end(error: SessionError | undefined): void {
    const closed = "The session was closed before the stream was over: open it again in a new session.";
    this.#multiplexer.end(error ?? new SessionError("session-closed", closed));
    this.#incoming.end(error);
    this.#settle();
  }

  /** Whether there are streams that are not over. */
  get active(): boolean {
    return this.#multiplexer.size > 0;
  }

  /** Waits until what was written to streams has gone out, 5 s at most; no stream can be opened from now on. */
  async close(): Promise<void> {
    this.#closing = true;
    let late = false;
    const cancel = this.#driver.schedule(lingerTime, () => {
      late = true;
      this.#settle();
    });
    for (let turn = 0; turn < settlingTurns && !late; turn++) {
      if (!this.#pending) {
        await Promise.resolve();
      } else {
        await new Promise<void>(resolve => this.#waiting.push(resolve));
        turn = 0;
      }
    }
    cancel();
  }

  get #pending(): boolean {
    if (this.#multiplexer.pending) return true;
    for (const stream of this.#open ?? []) if (stream.pending) return true;
    return false;
  }

  #track(stream: Stream): ByteStream {
    const tracked = new ByteStream(stream);
    const open = (this.#open ??= new Set()).add(tracked);
    void tracked.closed.then(() => open.delete(tracked));
    return tracked;
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Nothing more may be sent: what the streams have begun cannot be brought to an end, and so the session ends. */
  #expire(cause: SessionError): void {
    const message =
      "The streams of this session have more to send than its limits leave: open a new session.";
    this.end(
      cause.code === "limit-exceeded" ? new SessionError("session-expired", message, { cause }) : cause,
    );
    this.#driver.run(now => this.#driver.machine.close("expired", now));
  }
}
