import type { SessionError } from "../errors/index.js";
import type { Stream } from "../streams/index.js";
import { abortedError } from "./abortable.js";

interface Waiter {
  readonly resolve: (stream: Stream | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Streams that the peer has opened and nobody has taken: bounded, since each holds a place among those that may be open. */
export class StreamQueue {
  readonly #streams = new Set<Stream>();
  readonly #waiting = new Set<Waiter>();
  #end: { readonly error: SessionError | undefined } | undefined;

  /** One that the peer gives up before it was taken is dropped. */
  put(stream: Stream): void {
    const [waiter] = this.#waiting;
    if (waiter !== undefined) {
      this.#waiting.delete(waiter);
      waiter.resolve(stream);
      return;
    }
    stream.hold();
    this.#streams.add(stream);
    const drop = (): void => {
      if (stream.readOutcome?.error === undefined) return;
      this.#streams.delete(stream);
      stream.release();
    };
    stream.listener = { readable: drop, writable: () => undefined, over: () => undefined };
  }

  /** No more comes. What is there can still be taken; then `take` gives undefined, or throws `error` where there is one. */
  end(error: SessionError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const waiter of this.#waiting) {
      if (error === undefined) waiter.resolve(undefined);
      else waiter.reject(error);
    }
    this.#waiting.clear();
  }

  /** The next stream; undefined at the end. @throws aborted, what ended the session */
  take(signal: AbortSignal | undefined): Promise<Stream | undefined> {
    if (signal?.aborted === true) return Promise.reject(abortedError(signal));
    const [stream] = this.#streams;
    if (stream !== undefined) {
      this.#streams.delete(stream);
      return Promise.resolve(stream);
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined ? Promise.resolve(undefined) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiter);
        reject(abortedError(signal!));
      };
      const stopListening = (): void => signal?.removeEventListener("abort", abort);
      const waiter: Waiter = {
        resolve: value => (stopListening(), resolve(value)),
        reject: error => (stopListening(), reject(error)),
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.add(waiter);
    });
  }
}
