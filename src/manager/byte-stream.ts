import { SessionError } from "../errors/index.js";
import { streamCode, type Stream } from "../streams/index.js";

/** Bytes in the queue of a writable from which `ready` waits. */
const writableMark = 65_536;

/**
 * One ordered stream of bytes in a session, both ways: a pair of WHATWG streams, as `pipeTo` and `pipeThrough` take them.
 *
 * - Bytes handed to the writer must not change until `write` has resolved: then they have gone out to the connection. `writer.ready`
 *   waits while 65,536 bytes wait for the peer to read, or for the path.
 * - `writer.close()` ends this direction, and resolves when the end has gone out. The other direction goes on.
 * - `writer.abort(code)` gives up both directions, like `reset`; `reader.cancel(code)` tells the peer to stop sending.
 * - What the peer gives up errors with `stream-reset`, or `stream-refused`; when the session ends, with the session's error, after the
 *   bytes that have come.
 */
export class ByteStream {
  /** Odd where the initiator of the session's handshake has opened it. */
  readonly id: number;
  /** What the opener calls it. */
  readonly label: string;
  /** What the peer writes. To cancel it tells the peer to write no more. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What the peer reads. To close it ends this direction only; to abort it resets the stream. */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both directions are over, in whatever way, and what came has been read. It never rejects. */
  readonly closed: Promise<void>;
  readonly #stream: Stream;
  #reading: ReadableStreamDefaultController<Uint8Array> | undefined;
  #writing: WritableStreamDefaultController | undefined;
  /** The readable asks for bytes that have not come. */
  #wanted = false;
  /** Bytes in the writable's queue. */
  #queued = 0;
  #onWritten: Waiter | undefined;
  #onEnded: Waiter | undefined;

  /** @internal */
  constructor(stream: Stream) {
    this.#stream = stream;
    this.id = stream.id;
    this.label = stream.label;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: controller => void (this.#reading = controller),
        pull: () => {
          this.#wanted = true;
          this.#deliver();
        },
        cancel: reason => {
          this.#reading = undefined;
          stream.stop(codeOf(reason));
        },
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>(
      {
        start: controller => void (this.#writing = controller),
        write: chunk => this.#write(chunk),
        close: () => this.#end(),
        abort: reason => stream.reset(codeOf(reason)),
      },
      { highWaterMark: writableMark, size: chunk => this.#count(chunk) },
    );
    this.closed = new Promise(resolve => {
      stream.listener = {
        readable: () => this.#deliver(),
        writable: () => this.#written(),
        over: resolve,
      };
      if (stream.over) resolve();
    });
    stream.release();
    this.#deliver();
    this.#written();
  }

  /** The code with which the peer has given up the stream, or reads no more of it; undefined where it has not. */
  get resetCode(): number | undefined {
    return this.#stream.resetCode;
  }

  /**
   * Gives up both directions at once: what waits is let go, and the peer sees `stream-reset` with `code`: 0 (cancelled), or 256 to
   * 4,294,967,295 as the application likes. Without effect on a stream that is over.
   *
   * @throws invalid-argument
   */
  reset(code: number = streamCode.cancelled): void {
    if (!isCode(code)) {
      throw new SessionError(
        "invalid-argument",
        `The code of a reset is 0, or ${streamCode.application} to 4294967295, not ${code}.`,
      );
    }
    this.#stream.reset(code);
  }

  /** @internal Whether bytes that were written have not gone out. */
  get pending(): boolean {
    return (this.#queued > 0 && this.#stream.writable) || this.#stream.pending;
  }

  #count(chunk: Uint8Array): number {
    const length = (chunk as Uint8Array | undefined)?.byteLength ?? 0;
    this.#queued += length;
    return length;
  }

  #deliver(): void {
    const controller = this.#reading;
    if (controller === undefined) return;
    if (this.#wanted) {
      const bytes = this.#stream.read();
      if (bytes !== undefined) {
        this.#wanted = false;
        controller.enqueue(bytes);
      }
    }
    const outcome = this.#stream.readOutcome;
    if (outcome === undefined || this.#reading === undefined) return;
    this.#reading = undefined;
    if (outcome.error === undefined) controller.close();
    else controller.error(outcome.error);
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    if (!ArrayBuffer.isView(chunk)) {
      this.#stream.reset(streamCode.cancelled);
      throw new SessionError(
        "invalid-argument",
        "A stream takes bytes, in a Uint8Array: encode what else there is.",
      );
    }
    this.#queued -= chunk.byteLength;
    this.#stream.write(chunk);
    if (this.#stream.unsent === 0) return undefined;
    return new Promise((resolve, reject) => (this.#onWritten = { resolve, reject }));
  }

  #end(): Promise<void> | undefined {
    this.#stream.end();
    if (this.#stream.writeOutcome !== undefined) return undefined;
    return new Promise((resolve, reject) => (this.#onEnded = { resolve, reject }));
  }

  #written(): void {
    const outcome = this.#stream.writeOutcome;
    const [onWritten, onEnded] = [this.#onWritten, this.#onEnded];
    if (outcome?.error !== undefined) {
      this.#writing?.error(outcome.error);
      this.#writing = undefined;
      onWritten?.reject(outcome.error);
      onEnded?.reject(outcome.error);
    } else {
      if (this.#stream.unsent === 0) onWritten?.resolve();
      if (outcome !== undefined) onEnded?.resolve();
    }
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The code in the reason of an abort or a cancel, where it is one. */
function codeOf(reason: unknown): number {
  return typeof reason === "number" && isCode(reason) ? reason : streamCode.cancelled;
}

function isCode(code: number): boolean {
  if (code === streamCode.cancelled) return true;
  return Number.isInteger(code) && code >= streamCode.application && code <= 0xffff_ffff;
}
