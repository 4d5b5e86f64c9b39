/** Limits of what one session holds for an application that does not fetch it. */
export interface InboxLimits {
  /** Messages at which the connection is paused. */
  readonly messages: number;
  /** Bytes at which the connection is paused. */
  readonly bytes: number;
}

interface Waiter<Item> {
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (reason: Error) => void;
}

/** Messages that have come and nobody has fetched yet: bounded by pausing the path, first in first out. */
export class Inbox<Item extends { readonly bytes: Uint8Array }> {
  readonly #limits: InboxLimits;
  readonly #pause: () => void;
  readonly #resume: () => void;
  readonly #waiting: Waiter<Item>[] = [];
  #items: Item[] = [];
  #next = 0;
  #bytes = 0;
  #paused = false;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(limits: InboxLimits, pause: () => void, resume: () => void) {
    this.#limits = limits;
    this.#pause = pause;
    this.#resume = resume;
  }

  get length(): number {
    return this.#items.length - this.#next;
  }

  put(item: Item): void {
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      waiter.resolve(item);
      return;
    }
    this.#items.push(item);
    this.#bytes += item.bytes.length;
    if (!this.#paused && (this.length >= this.#limits.messages || this.#bytes >= this.#limits.bytes)) {
      this.#paused = true;
      this.#pause();
    }
  }

  /** No more comes. What is there can still be fetched; then `take` gives undefined, or throws `error` where there is one. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const waiter of this.#waiting.splice(0)) {
      if (error === undefined) waiter.resolve(undefined);
      else waiter.reject(error);
    }
  }

  /** The next item; undefined at the end. Waits for one, or until `signal` aborts, which rejects with its reason. */
  take(signal?: AbortSignal): Promise<Item | undefined> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const item = this.#shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined ? Promise.resolve(undefined) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal!.reason as Error);
      };
      const settle = (): void => signal?.removeEventListener("abort", abort);
      const waiter: Waiter<Item> = {
        resolve: value => (settle(), resolve(value)),
        reject: reason => (settle(), reject(reason)),
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #shift(): Item | undefined {
    const item = this.#items[this.#next];
    if (item === undefined) return undefined;
    this.#next++;
    this.#bytes -= item.bytes.length;
    if (this.#next === this.#items.length || this.#next >= 1024) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    if (this.#paused && this.length <= this.#limits.messages / 2 && this.#bytes <= this.#limits.bytes / 2) {
      this.#paused = false;
      this.#resume();
    }
    return item;
  }
}
