import type { SessionError } from "../errors/index.js";
import type { Stream } from "../streams/index.js";
import { Takers } from "./takers.js";

/** Streams that the peer has opened and nobody has taken: bounded, since each holds a place among those that may be open. */
export class StreamQueue {
  readonly #streams: Stream[] = [];
  readonly #takers = new Takers<Stream>();

  /** One that the peer gives up before it was taken is dropped. */
  put(stream: Stream): void {
    if (this.#takers.give(stream)) return;
    stream.hold();
    this.#streams.push(stream);
    const drop = (): void => {
      if (stream.readOutcome?.error === undefined) return;
      const at = this.#streams.indexOf(stream);
      if (at >= 0) this.#streams.splice(at, 1);
      stream.release();
    };
    stream.listener = { readable: drop, writable: () => undefined, over: () => undefined };
  }

  /** No more comes. What is there can still be taken; then `take` gives undefined, or throws `error` where there is one. */
  end(error: SessionError | undefined): void {
    this.#takers.end(error);
  }

  /** The next stream; undefined at the end. @throws aborted, what ended the session */
  take(signal: AbortSignal | undefined): Promise<Stream | undefined> {
    return this.#takers.take(signal, () => this.#streams.shift());
  }
}
