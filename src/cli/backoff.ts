import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds. */
const first = 250;
const longest = 15_000;

/** Waits longer each time, so that a far end that comes back is not overrun. Not secret, so chance may be ordinary. */
export class Backoff {
  #delay = first;

  /** The next wait in milliseconds, a little different for each process. */
  next(): number {
    const delay = this.#delay * (0.75 + Math.random() / 2);
    this.#delay = Math.min(this.#delay * 2, longest);
    return Math.round(delay);
  }

  reset(): void {
    this.#delay = first;
  }

  /** Waits `delay` milliseconds, or until `signal` aborts. */
  static async wait(delay: number, signal: AbortSignal): Promise<void> {
    await sleep(delay, undefined, { signal }).catch(() => undefined);
  }
}
