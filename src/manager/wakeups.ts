import type { Clock } from "../ports/index.js";

interface Entry {
  /** Milliseconds of the monotonic clock. */
  at: number;
  wake: () => void;
  /** A cancelled entry stays in the heap until it comes up, and holds nothing. */
  live: boolean;
}

/** Entries that are woken in one go. The rest, after the machine has slept for example, waits till others have had their turn. */
const wakesAtOnce = 64;

const nothing = (): void => undefined;

/** One timer for all that wants to be woken: a heap by time. */
export class Wakeups {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `wake` once, at `at` (monotonic milliseconds) or a little later. The result cancels it. */
  schedule(at: number, wake: () => void): () => void {
    const entry: Entry = { at, wake, live: true };
    this.#push(entry);
    this.#arm();
    return () => {
      entry.live = false;
      entry.wake = nothing;
      this.#arm();
    };
  }

  /** Forgets everything that is scheduled. */
  clear(): void {
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    while (this.#heap[0]?.live === false) this.#pop();
    const next = this.#heap[0]?.at;
    if (next === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (next === undefined) return;
    const delay = next - this.#clock.now().monotonic;
    this.#timer = { at: next, cancel: this.#clock.schedule(delay, () => this.#run()) };
  }

  #run(): void {
    this.#timer = undefined;
    const { monotonic } = this.#clock.now();
    try {
      for (let left = wakesAtOnce; left > 0; left--) {
        const entry = this.#heap[0];
        if (entry === undefined || entry.at > monotonic) break;
        this.#pop();
        if (entry.live) entry.wake();
      }
    } finally {
      this.#arm();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.at <= entry.at) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}
