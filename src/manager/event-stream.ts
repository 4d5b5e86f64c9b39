/** How much an event stream keeps, and until when it goes on. */
export interface EventStreamOptions {
  /** Events kept for a slow reader at most. Default: the hub's. */
  readonly capacity?: number;
  /** Ends the stream at once; what it holds is let go. */
  readonly signal?: AbortSignal;
}

/** Events for one reader, at its own pace. Keeps a bounded number: the oldest is dropped for the newest, and counted. */
export class EventStream<Event> implements AsyncIterableIterator<Event, undefined> {
  readonly #capacity: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: () => void;
  readonly #abort = (): void => this.#leave();
  #waiting: Event[] = [];
  #readers: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  #dropped = 0;
  #ended = false;

  /** `onEnd` is called once, when the stream takes no more; not where `signal` is aborted already. */
  constructor(capacity: number, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#capacity = capacity;
    this.#signal = signal;
    this.#onEnd = onEnd;
    if (signal?.aborted === true) this.#ended = true;
    else signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Events that this reader has missed so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the stream takes no more events. It may still hold some. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes an event for the reader. False where that cost another one. */
  take(event: Event): boolean {
    if (this.#ended) return true;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: event });
      return true;
    }
    this.#waiting.push(event);
    if (this.#waiting.length <= this.#capacity) return true;
    this.#waiting.shift();
    this.#dropped++;
    return false;
  }

  /** Takes no more events; what waits can still be read. */
  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader({ done: true, value: undefined });
    this.#onEnd();
  }

  /** The next event, as soon as there is one. */
  next(): Promise<IteratorResult<Event, undefined>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise(resolve => this.#readers.push(resolve));
  }

  /** Ends the stream; leaving a `for await` loop does it. */
  return(): Promise<IteratorResult<Event, undefined>> {
    this.#leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(): void {
    this.#waiting = [];
    this.finish();
  }
}
