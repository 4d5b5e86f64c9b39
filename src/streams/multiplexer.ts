import { SessionError } from "../errors/index.js";
import {
  decodeStreamFrame,
  encodeLabel,
  encodeNumber,
  malformed,
  streamCode,
  type StreamFrame,
  type StreamPurpose,
} from "./stream-frame.js";
import { defaultMaxStreams, maxU32, maxWaitingRefusals } from "./stream-limits.js";
import { SpareWindow } from "./spare-window.js";
import { Stream, type StreamHost } from "./stream.js";

/** What a multiplexer is made with. */
export interface MultiplexerOptions {
  /** Of the full handshake: the initiator's streams have odd ids. */
  readonly role: "initiator" | "responder";
  /** Streams that the peer may have open at a time: 0 or more. Default: 256. */
  readonly maxStreams?: number;
  /** The peer has opened a stream: set its listener. Must not throw. */
  readonly onOpened: (stream: Stream) => void;
  /** There is something to send: `next` gives it. Called within other calls, often. Must not throw. */
  readonly onSendable: () => void;
}

/**
 * Many streams over one ordered sequence of frames, sans-I/O: the peer's frames go in by `receive`, this end's come out by `next`.
 * Its memory is bounded by the windows of the streams that are open.
 *
 * @see PROTOCOL, section 17
 */
export class Multiplexer {
  readonly #maxStreams: number;
  readonly #onOpened: (stream: Stream) => void;
  readonly #onSendable: () => void;
  readonly #streams = new Map<number, Stream>();
  readonly #urgent = new Set<Stream>();
  /** Streams with data and credit, in the order of their turns. */
  readonly #ready = new Set<Stream>();
  /** Ids of streams that this end refuses, and has not said so. */
  readonly #refusals: number[] = [];
  readonly #host: StreamHost;
  #nextId: number;
  #peersHighest = 0;
  #peersStreams = 0;
  #error: SessionError | undefined;

  constructor({ role, maxStreams = defaultMaxStreams, onOpened, onSendable }: MultiplexerOptions) {
    this.#nextId = role === "initiator" ? 1 : 2;
    this.#maxStreams = maxStreams;
    this.#onOpened = onOpened;
    this.#onSendable = onSendable;
    this.#host = {
      spare: new SpareWindow(),
      urgent: stream => this.#queue(this.#urgent, stream),
      ready: stream => this.#queue(this.#ready, stream),
      forget: stream => this.#forget(stream),
    };
  }

  /** Streams that are not over. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether `next` has a frame. */
  get sendable(): boolean {
    return this.#refusals.length > 0 || this.#urgent.size > 0 || this.#ready.size > 0;
  }

  /** Whether anything is left to go out, also what the peer has given no credit for. */
  get pending(): boolean {
    if (this.sendable) return true;
    for (const stream of this.#streams.values()) if (stream.pending) return true;
    return false;
  }

  /** Opens a stream. `label`: at most 255 bytes of UTF-8. @throws invalid-argument, stream-refused where the ids are used up, what ended the session */
  open(purpose: StreamPurpose, label: string): Stream {
    if (this.#error !== undefined) throw this.#error;
    const encoded = encodeLabel(label);
    const id = this.#nextId;
    if (id > maxU32)
      throw new SessionError(
        "stream-refused",
        "The ids of this session's streams are used up: open a new session.",
      );
    this.#nextId += 2;
    const stream = new Stream(this.#host, id, purpose, label, encoded);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Takes a frame, which is the multiplexer's from now on. @throws stream-malformed: the session has to end then */
  receive(bytes: Uint8Array): void {
    if (this.#error !== undefined) return;
    const frame = decodeStreamFrame(bytes);
    if (frame.kind === "open") return this.#opened(frame);
    const stream = this.#streams.get(frame.id);
    if (stream !== undefined) return stream.receive(frame);
    // What this end has forgotten may still be on its way from the peer.
    const known = this.#isOwn(frame.id) ? frame.id < this.#nextId : frame.id <= this.#peersHighest;
    if (!known || frame.id === 0)
      throw malformed(`A ${frame.kind} frame came for stream ${frame.id}, which nobody has opened.`);
  }

  /**
   * The next frame to be sent: refusals first, then what goes ahead of data, then data of each stream in turn. It must be sealed or copied
   * before anything else is done here: its memory is used again.
   */
  next(): Uint8Array | undefined {
    const refused = this.#refusals.shift();
    if (refused !== undefined) return encodeNumber("reset", refused, streamCode.refused);
    for (const stream of this.#urgent) {
      const frame = stream.nextUrgent();
      if (!stream.urgent) this.#urgent.delete(stream);
      if (frame !== undefined) return frame;
    }
    for (const stream of this.#ready) {
      this.#ready.delete(stream);
      const frame = stream.nextData();
      if (frame !== undefined) return frame;
    }
    return undefined;
  }

  /** The session has ended: every stream fails with `error`, and nothing goes in or out any more. */
  end(error: SessionError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#refusals.length = 0;
    for (const stream of [...this.#streams.values()]) stream.fail(error);
    this.#urgent.clear();
    this.#ready.clear();
  }

  #opened(frame: Extract<StreamFrame, { kind: "open" }>): void {
    const { id, purpose, label } = frame;
    if (id === 0 || this.#isOwn(id))
      throw malformed(`The peer cannot open stream ${id}: the id is not one of its own.`);
    if (id <= this.#peersHighest)
      throw malformed(`The peer opened stream ${id} after stream ${this.#peersHighest}: ids go up.`);
    this.#peersHighest = id;
    if (this.#peersStreams >= this.#maxStreams) return this.#refuse(id);
    const stream = new Stream(this.#host, id, purpose, label);
    this.#streams.set(id, stream);
    this.#peersStreams++;
    this.#onOpened(stream);
  }

  #refuse(id: number): void {
    if (this.#refusals.length >= maxWaitingRefusals)
      throw malformed(
        `The peer goes on opening streams, with ${maxWaitingRefusals} refusals on their way to it.`,
      );
    this.#refusals.push(id);
    this.#onSendable();
  }

  #isOwn(id: number): boolean {
    return id % 2 === this.#nextId % 2;
  }

  #queue(queue: Set<Stream>, stream: Stream): void {
    if (this.#error !== undefined) return;
    queue.add(stream);
    this.#onSendable();
  }

  #forget(stream: Stream): void {
    this.#urgent.delete(stream);
    this.#ready.delete(stream);
    if (this.#streams.delete(stream.id) && !this.#isOwn(stream.id)) this.#peersStreams--;
  }
}
