import type { Clock, Instant } from "../ports/index.js";

interface Timer {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that stands still until `advance` is called: for tests in which time is a parameter. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #wall: number;
  #monotonic: number;

  /** `wall`: milliseconds since 1970; `monotonic`: milliseconds. */
  constructor({ wall = 1_800_000_000_000, monotonic = 0 }: Partial<Instant> = {}) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  now(): Instant {
    return { wall: this.#wall, monotonic: this.#monotonic };
  }

  schedule(delay: number, wake: () => void): () => void {
    const timer = { due: this.#monotonic + Math.max(delay, 0), wake };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that are set and have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Lets `milliseconds` (0 or more) pass. Each timer that falls due runs at its own time, those that it sets as well; of two at one
   * time the one set first.
   */
  advance(milliseconds: number): void {
    const end = this.#monotonic + milliseconds;
    for (let timer = this.#nextBy(end); timer !== undefined; timer = this.#nextBy(end)) {
      this.#timers.delete(timer);
      this.#pass(timer.due);
      timer.wake();
    }
    this.#pass(end);
  }

  /** Steps the wall clock alone, forwards or back, as a correction from outside does. */
  stepWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #nextBy(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }

  #pass(monotonic: number): void {
    if (monotonic <= this.#monotonic) return;
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}
