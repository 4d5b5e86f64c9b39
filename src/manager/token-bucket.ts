/** How often something may happen: `burst` times at once, and `perSecond` times a second in the long run. `Infinity`: no bound. */
export interface Rate {
  /** How often at once. */
  readonly burst: number;
  /** How often a second in the long run. */
  readonly perSecond: number;
}

/** A rate, and how much of it is left. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  /** Milliseconds of the monotonic clock. */
  #at: number;

  /** `now`: milliseconds of the monotonic clock. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Whether one more is allowed now; it is not yet taken. */
  has(now: number): boolean {
    const { burst, perSecond } = this.#rate;
    if (burst === Infinity) return true;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    return this.#tokens >= 1;
  }

  take(): void {
    this.#tokens--;
  }
}
