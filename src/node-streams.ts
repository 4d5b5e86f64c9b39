import { Duplex } from "node:stream";
import type { ByteStream } from "./manager/index.js";

/** How the Duplex of a stream behaves. */
export interface DuplexOptions {
  /** Whether writing goes on after the peer has ended its direction, as in `net`. Default: true. */
  readonly allowHalfOpen?: boolean;
  /** Bytes at which `write` returns false, and that are read ahead. Default: Node's. */
  readonly highWaterMark?: number;
}

/**
 * A stream of a session as a Node Duplex, for `pipe`, `pipeline` and whatever takes a socket. `end` ends this direction; `destroy` before both
 * directions are over gives the stream up, as `ByteStream.reset` does. What ends the stream otherwise comes as `error`. The Duplex owns the
 * stream's readable and writable from now on.
 */
export function toDuplex(stream: ByteStream, options: DuplexOptions = {}): Duplex {
  return new StreamDuplex(stream, options);
}

class StreamDuplex extends Duplex {
  readonly #stream: ByteStream;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: ByteStream, options: DuplexOptions) {
    super({ allowHalfOpen: true, ...options });
    this.#stream = stream;
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    const fail = (error: Error): void => void this.destroy(error);
    // Where nobody reads or writes at the moment, an end by the peer or the session is told all the same.
    this.#reader.closed.catch(fail);
    this.#writer.closed.catch(fail);
  }

  override _read(): void {
    this.#reader.read().then(
      ({ done, value }) =>
        this.push(done ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength)),
      (error: Error) => this.destroy(error),
    );
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#writer.write(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#writer.close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stream.reset();
    done(error);
  }
}
