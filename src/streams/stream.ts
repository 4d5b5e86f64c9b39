import { SessionError } from "../errors/index.js";
import { ReceiveHalf, type Outcome } from "./receive-half.js";
import { SendHalf } from "./send-half.js";
import type { SpareWindow } from "./spare-window.js";
import {
  emptyData,
  encodeEnd,
  encodeNumber,
  encodeOpen,
  malformed,
  resetError,
  streamHeaderLength,
  type StreamFrame,
  type StreamPurpose,
} from "./stream-frame.js";
import { dataPerFrame } from "./stream-limits.js";

/** What a stream tells its owner, within calls of the multiplexer. It may call the stream, and must not throw. */
export interface StreamListener {
  /** Bytes, the end or an error can be read. */
  readable(): void;
  /** All that was written has gone out, or this direction is over. */
  writable(): void;
  /** Both directions are over. */
  over(): void;
}

/** What a stream asks of its multiplexer. */
export interface StreamHost {
  readonly spare: SpareWindow;
  /** It has something to send that goes ahead of data. */
  urgent(stream: Stream): void;
  /** It has data to send, and credit for it. */
  ready(stream: Stream): void;
  forget(stream: Stream): void;
}

const silent: StreamListener = {
  readable: () => undefined,
  writable: () => undefined,
  over: () => undefined,
};

/** One end of a stream: two directions, and what is due to be sent for them. */
export class Stream {
  readonly id: number;
  readonly purpose: StreamPurpose;
  readonly label: string;
  listener: StreamListener = silent;
  readonly #host: StreamHost;
  readonly #send = new SendHalf();
  readonly #receive: ReceiveHalf;
  #openDue: Uint8Array | undefined;
  #stopDue: number | undefined;
  #resetDue: number | undefined;
  #resetCode: number | undefined;
  #held = false;
  #over = false;

  /** `open`: the label's UTF-8, where this end opens the stream. */
  constructor(host: StreamHost, id: number, purpose: StreamPurpose, label: string, open?: Uint8Array) {
    this.#host = host;
    this.#receive = new ReceiveHalf(host.spare);
    this.id = id;
    this.purpose = purpose;
    this.label = label;
    this.#openDue = open;
    if (open !== undefined) host.urgent(this);
  }

  /** Whether both directions are over: nothing is sent or taken any more, and the id is forgotten. */
  get over(): boolean {
    return this.#over;
  }

  /** The code with which the peer gave the stream up, or refuses to read on; undefined where it has not. */
  get resetCode(): number | undefined {
    return this.#resetCode;
  }

  /** How reading ended; undefined while bytes wait or may come. */
  get readOutcome(): Outcome | undefined {
    return this.#receive.outcome;
  }

  /** How writing ended; undefined while the end has not gone out. */
  get writeOutcome(): Outcome | undefined {
    return this.#send.outcome;
  }

  /** Whether more may be written. */
  get writable(): boolean {
    return this.#send.open;
  }

  /** Bytes that were written and have not gone out. */
  get unsent(): number {
    return this.#send.waiting;
  }

  /** Whether something that this end has said about the stream is still to go out: bytes, their end, a reset. */
  get pending(): boolean {
    return this.urgent || this.#send.waiting > 0;
  }

  /** Keeps the stream from being forgotten, and its place taken, until `release`: nobody has looked at it yet. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#settle();
  }

  /** The next bytes that have come, the caller's; undefined where none wait: see `readOutcome` then. They are granted to the peer again. */
  read(): Uint8Array | undefined {
    const bytes = this.#receive.take();
    if (bytes === undefined) return undefined;
    if (this.#receive.owes && !this.#over) this.#host.urgent(this);
    this.#settle();
    return bytes;
  }

  /** Takes `bytes` to be sent; they must not change until `writable` is told. @throws what ended this direction; invalid-argument behind its end */
  write(bytes: Uint8Array): void {
    this.#checkWritable();
    this.#send.write(bytes);
    if (this.#send.sendable > 0) this.#host.ready(this);
  }

  /** Ends this direction behind what was written. @throws as `write` */
  end(): void {
    this.#checkWritable();
    this.#send.end();
    if (this.#send.endDue) this.#host.urgent(this);
  }

  /** Gives up both directions: what waits in them is let go, and the peer is told `code`. Without effect on one that is over. */
  reset(code: number): void {
    if (this.#over) return;
    const told = this.#openDue === undefined && (this.#send.outcome === undefined || this.#receive.open);
    const error = new SessionError(
      "stream-reset",
      `This end has given up stream ${this.id} with code ${code}.`,
    );
    this.#openDue = this.#stopDue = undefined;
    this.#resetDue = told ? code : undefined;
    this.#finish(error, false);
    this.#receive.discard();
    if (told) this.#host.urgent(this);
    this.#tell();
  }

  /** Reads no more: what has come is let go, and the peer is told `code`. */
  stop(code: number): void {
    if (this.#over) return;
    if (this.#receive.open) {
      this.#stopDue = code;
      this.#receive.fail(
        new SessionError("stream-reset", `This end reads no more of stream ${this.id}.`),
        false,
      );
      this.#host.urgent(this);
    }
    this.#receive.discard();
    this.#settle();
  }

  /** The session has ended: nothing goes out any more; what has come can still be read. */
  fail(error: SessionError): void {
    if (this.#over) return;
    this.#openDue = this.#stopDue = this.#resetDue = undefined;
    this.#finish(error, true);
    this.#forget();
    this.listener.readable();
    this.listener.writable();
    this.listener.over();
  }

  /** A frame of the peer. @throws stream-malformed */
  receive(frame: StreamFrame): void {
    if (this.#openDue !== undefined)
      throw malformed(`A frame came for stream ${this.id} before it was opened.`);
    switch (frame.kind) {
      case "open":
        throw malformed(`Stream ${this.id} was opened twice.`);
      case "data":
        this.#receive.put(frame.bytes);
        return this.listener.readable();
      case "end":
        this.#receive.end();
        this.listener.readable();
        return this.#settle();
      case "credit":
        this.#send.grant(frame.bytes);
        if (this.#send.sendable > 0) this.#host.ready(this);
        return;
      case "stop":
        if (this.#send.outcome !== undefined) return;
        this.#resetCode = frame.code;
        this.#send.fail(
          new SessionError(
            "stream-reset",
            `The peer reads no more of stream ${this.id}: code ${frame.code}.`,
          ),
        );
        this.listener.writable();
        return this.#settle();
      case "reset":
        this.#resetCode = frame.code;
        this.#stopDue = this.#resetDue = undefined;
        this.#finish(resetError(this.id, frame.code), false);
        return this.#tell();
    }
  }

  /** The next frame that goes ahead of data, if one is due. */
  nextUrgent(): Uint8Array | undefined {
    if (this.#openDue !== undefined) {
      const label = this.#openDue;
      this.#openDue = undefined;
      return encodeOpen(this.id, this.purpose, label);
    }
    if (this.#resetDue !== undefined) {
      const code = this.#resetDue;
      this.#resetDue = undefined;
      this.#settle();
      return encodeNumber("reset", this.id, code);
    }
    if (this.#stopDue !== undefined) {
      const code = this.#stopDue;
      this.#stopDue = undefined;
      this.#settle();
      return encodeNumber("stop", this.id, code);
    }
    if (this.#receive.owes) return encodeNumber("credit", this.id, this.#receive.grant());
    if (!this.#send.endDue) return undefined;
    this.#send.ended();
    this.listener.writable();
    this.#settle();
    return encodeEnd(this.id);
  }

  /** The next frame of data, if there is any and credit for it. */
  nextData(): Uint8Array | undefined {
    const length = Math.min(this.#send.sendable, dataPerFrame);
    if (length === 0) return undefined;
    const frame = emptyData(this.id, length);
    this.#send.fill(frame, streamHeaderLength);
    if (this.#send.endDue) this.#host.urgent(this);
    else if (this.#send.sendable > 0) this.#host.ready(this);
    if (this.#send.waiting === 0) this.listener.writable();
    return frame;
  }

  /** Whether `nextUrgent` has something. */
  get urgent(): boolean {
    const control = this.#openDue ?? this.#stopDue ?? this.#resetDue;
    return control !== undefined || this.#receive.owes || this.#send.endDue;
  }

  #checkWritable(): void {
    const error = this.#send.outcome?.error;
    if (error !== undefined) throw error;
    if (!this.#send.open)
      throw new SessionError("invalid-argument", `Stream ${this.id} has been ended: nothing can follow.`);
  }

  #finish(error: SessionError, keep: boolean): void {
    this.#send.fail(error);
    this.#receive.fail(error, keep);
  }

  #tell(): void {
    this.listener.readable();
    this.listener.writable();
    this.#settle();
  }

  /** Forgets the stream where both directions are over and nothing is left to read or to say. */
  #settle(): void {
    if (this.#over || this.#send.outcome === undefined || this.#receive.outcome === undefined) return;
    if (this.#held || this.urgent) return;
    this.#forget();
    this.listener.over();
  }

  #forget(): void {
    this.#over = true;
    this.#receive.giveBack();
    this.#host.forget(this);
  }
}
