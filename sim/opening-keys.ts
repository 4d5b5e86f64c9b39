import type { WatchedKey } from "./oracle.js";

interface Used {
  /** Grows with each new key of the direction. */
  readonly order: number;
  /** Monotonic milliseconds at which a newer key opened something. */
  supersededAt: number | undefined;
  /** How often it was found alive when it should not be. */
  strikes: number;
}

/** How late, in milliseconds, a timer may be that erases a key: a process is preempted, a host wakes up. */
const lateness = 15_000;

/** The keys with which one end has opened frames of one direction. */
export class OpeningKeys {
  readonly #keys = new Map<WatchedKey, Used>();
  #newest = -1;

  /** `key` has opened a frame at `now` (monotonic milliseconds); `order` is higher for newer keys. */
  opened(key: WatchedKey, order: number, now: number): void {
    if (!this.#keys.has(key)) this.#keys.set(key, { order, supersededAt: undefined, strikes: 0 });
    if (order > this.#newest) this.#newest = order;
    for (const used of this.#keys.values()) if (used.order < this.#newest) used.supersededAt ??= now;
  }

  /** Keys that are alive though their grace time (milliseconds) has long been over, twice in succession. */
  overdue(now: number, grace: number): number {
    let overdue = 0;
    for (const [key, used] of this.#keys) {
      if (!key.alive) this.#keys.delete(key);
      else if (
        used.supersededAt !== undefined &&
        now - used.supersededAt > grace + lateness &&
        ++used.strikes > 1
      )
        overdue++;
    }
    return overdue;
  }
}
