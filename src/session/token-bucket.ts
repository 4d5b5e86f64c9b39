import type { MonotonicTime } from "../record/index.js";

/** How often something may happen: `burst` times at once, and once more each `interval` milliseconds. */
export interface Rate {
  /** How often at once. */
  readonly burst: number;
  /** Milliseconds after which it may happen once more. */
  readonly interval: number;
}

/** Bounds how often something happens, by the monotonic clock. A burst of `Infinity` or an interval of 0: no bound. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  /** Monotonic milliseconds at which `#tokens` was right. */
  #at: number;

  constructor(rate: Rate, now: MonotonicTime) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now.monotonic;
  }

  /** Takes a token where there is one. */
  take(now: MonotonicTime): boolean {
    if (!this.has(now)) return false;
    this.#tokens--;
    return true;
  }

  /** Whether there is a token: it is not taken yet. */
  has(now: MonotonicTime): boolean {
    const { burst, interval } = this.#rate;
    if (burst === Infinity || interval === 0) return true;
    // Where rounding says that `nextAt` has not come, the clock says that it has.
    const due = now.monotonic >= this.#at + interval ? 1 : 0;
    const gained = Math.max(Math.floor((now.monotonic - this.#at) / interval), due);
    this.#tokens = Math.min(this.#tokens + gained, burst);
    this.#at += gained * interval;
    return this.#tokens > 0;
  }

  /** When there is a token, in milliseconds of the monotonic clock. */
  nextAt(now: MonotonicTime): number {
    return this.has(now) ? now.monotonic : this.#at + this.#rate.interval;
  }
}
