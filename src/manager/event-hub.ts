import { SessionError } from "../errors/index.js";
import { EventStream, type EventStreamOptions } from "./event-stream.js";

type EventOf<Events extends { readonly type: string }, Type extends Events["type"]> = Extract<
  Events,
  { readonly type: Type }
>;

/** What a listener does. If it throws, or its promise is rejected, the others still get the event. */
export type EventListener<Event> = (event: Event) => void | PromiseLike<void>;

export interface EventHubOptions<Events> {
  /** Events kept at most: for each stream that does not say otherwise, and of those emitted from inside a listener. */
  readonly capacity: number;
  /** Told what a listener threw, and on which event. */
  readonly onListenerError?: (error: unknown, event: Events) => void;
}

/**
 * Tells events to listeners, at once and in order, and to streams, which keep a bounded number for a slow reader. An event that
 * is emitted from inside a listener is told after the present one has reached everybody.
 */
export class EventHub<Events extends { readonly type: string }> {
  readonly #capacity: number;
  readonly #onListenerError: ((error: unknown, event: Events) => void) | undefined;
  #listeners: Map<string, Set<{ readonly call: EventListener<Events> }>> | undefined;
  #streams: readonly EventStream<Events>[] = [];
  readonly #waiting: Events[] = [];
  #telling = false;
  /** Events taken from inside listeners since the outermost `emit` began. */
  #nested = 0;
  #dropped = 0;
  #failures = 0;

  /** @throws invalid-argument where the capacity is not a whole number, 1 or more */
  constructor(options: EventHubOptions<Events>) {
    this.#capacity = checkedCapacity(options.capacity);
    this.#onListenerError = options.onListenerError;
  }

  /** Listeners and open streams. */
  get listenerCount(): number {
    let count = this.#streams.length;
    for (const listeners of this.#listeners?.values() ?? []) count += listeners.size;
    return count;
  }

  /** Events that somebody did not get: a stream that was read too slowly, or listeners that emit without end. */
  get droppedTotal(): number {
    return this.#dropped;
  }

  /** How often a listener threw or was rejected. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether an event of this type would reach anybody: if not, it need not be built. */
  hasListeners(type: Events["type"]): boolean {
    return this.#streams.length > 0 || this.#listeners?.has(type) === true;
  }

  /** Calls `listener` for each event of `type` that is told from now on. The result ends that, also for the event being told. */
  on<Type extends Events["type"]>(type: Type, listener: EventListener<EventOf<Events, Type>>): () => void {
    const entry = { call: listener as EventListener<Events> };
    const all = (this.#listeners ??= new Map<string, Set<typeof entry>>());
    const listeners = all.get(type) ?? new Set();
    all.set(type, listeners.add(entry));
    return () => {
      listeners.delete(entry);
      if (listeners.size === 0 && all.get(type) === listeners) all.delete(type);
    };
  }

  /** Tells `event`; from inside a listener, later, and not at all once `capacity` were so emitted in one go. Never throws. */
  emit(event: Events): void {
    if (!this.#telling) {
      this.#tellAll(event);
    } else if (this.#nested < this.#capacity) {
      this.#nested++;
      this.#waiting.push(event);
    } else {
      this.#dropped++;
    }
  }

  /**
   * All events from now on. Where `capacity` of them wait for a slow reader, the oldest is dropped and counted. The stream ends,
   * without an error, when it is left, when `signal` is aborted or the hub is closed.
   *
   * @throws invalid-argument
   */
  stream(options: EventStreamOptions = {}): EventStream<Events> {
    const capacity = checkedCapacity(options.capacity ?? this.#capacity);
    const stream = new EventStream<Events>(capacity, options.signal, () => {
      this.#streams = this.#streams.filter(other => other !== stream);
    });
    if (!stream.ended) this.#streams = [...this.#streams, stream];
    return stream;
  }

  /** Forgets all listeners and ends all streams: what they hold can still be read. */
  close(): void {
    this.#listeners?.clear();
    for (const stream of this.#streams) stream.finish();
  }

  #tellAll(first: Events): void {
    this.#telling = true;
    try {
      for (let event: Events | undefined = first; event !== undefined; event = this.#waiting.shift())
        this.#tell(event);
    } finally {
      this.#telling = false;
      this.#nested = 0;
    }
  }

  #tell(event: Events): void {
    for (const stream of this.#streams) {
      if (!stream.take(event)) this.#dropped++;
    }
    const all = this.#listeners;
    const listeners = all?.get(event.type);
    if (listeners === undefined) return;
    // A copy: who subscribes now gets the next event; who is unsubscribed now does not get this one.
    for (const listener of [...listeners]) {
      if (listeners.has(listener) && all?.has(event.type) === true) this.#call(listener.call, event);
    }
  }

  #call(listener: EventListener<Events>, event: Events): void {
    try {
      const result = listener(event);
      if (typeof result === "object")
        void Promise.resolve(result).catch((error: unknown) => this.#report(error, event));
    } catch (error) {
      this.#report(error, event);
    }
  }

  #report(error: unknown, event: Events): void {
    this.#failures++;
    try {
      this.#onListenerError?.(error, event);
    } catch {
      // There is nobody left to tell; it stands in `failures`.
    }
  }
}

function checkedCapacity(capacity: number): number {
  if (Number.isInteger(capacity) && capacity >= 1) return capacity;
  throw new SessionError(
    "invalid-argument",
    `A capacity is a whole number of events, 1 or more, not ${capacity}.`,
  );
}
