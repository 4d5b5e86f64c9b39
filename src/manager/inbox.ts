import { Takers } from "./takers.js";

/** Limits of what one session holds for an application that does not fetch it. */
export interface InboxLimits {
  /** Messages at which the connection is paused. */
  readonly messages: number;
  /** Bytes at which the connection is paused. */
  readonly bytes: number;
}

/** Messages that have come and nobody has fetched yet: bounded by pausing the path, first in first out. */
export class Inbox<Item extends { readonly bytes: Uint8Array }> {
  readonly #limits: InboxLimits;
  readonly #pause: () => void;
  readonly #resume: () => void;
  readonly #takers = new Takers<Item>(signal => signal.reason as Error);
  #items: Item[] = [];
  #next = 0;
  #bytes = 0;
  #paused = false;

  constructor(limits: InboxLimits, pause: () => void, resume: () => void) {
    this.#limits = limits;
    this.#pause = pause;
    this.#resume = resume;
  }

  get length(): number {
    return this.#items.length - this.#next;
  }

  put(item: Item): void {
    if (this.#takers.give(item)) return;
    this.#items.push(item);
    this.#bytes += item.bytes.length;
    if (!this.#paused && (this.length >= this.#limits.messages || this.#bytes >= this.#limits.bytes)) {
      this.#paused = true;
      this.#pause();
    }
  }

  /** No more comes. What is there can still be fetched; then `take` gives undefined, or throws `error` where there is one. */
  end(error?: Error): void {
    this.#takers.end(error);
  }

  /** The next item; undefined at the end. Waits for one, or until `signal` aborts, which rejects with its reason. */
  take(signal?: AbortSignal): Promise<Item | undefined> {
    return this.#takers.take(signal, () => this.#shift());
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
