import type { Instant } from "../ports/index.js";

/** How often something may happen: `burst` times at once, and once more each `interval` milliseconds. */
export interface Rate {
  /** How often at once. */
  readonly burst: number;
  /** Milliseconds after which it may happen once more. */
  readonly interval: number;
}

/** Bounds how often something happens, by the monotonic clock. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  /** Monotonic milliseconds at which `#tokens` was right. */
  #at: number;

  constructor(rate: Rate, now: Instant) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now.monotonic;
  }

  /** Takes a token where there is one. */
  take(now: Instant): boolean {
    if (!this.has(now)) return false;
    this.#tokens--;
    return true;
  }

  has(now: Instant): boolean {
    const { burst, interval } = this.#rate;
    const gained = Math.floor(Math.max(now.monotonic - this.#at, 0) / interval);
    this.#tokens = Math.min(this.#tokens + gained, burst);
    this.#at += gained * interval;
    return this.#tokens > 0;
  }

  /** When there is a token, in milliseconds of the monotonic clock. */
  nextAt(now: Instant): number {
    return this.has(now) ? now.monotonic : this.#at + this.#rate.interval;
  }
}
