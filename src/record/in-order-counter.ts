import { Counter64 } from "../bytes/index.js";
import type { CounterGuard, CounterVerdict } from "./counter-guard.js";

/** Accepts exactly the next counter: no gap, no repeat, no other order. */
export class InOrderCounter implements CounterGuard {
  readonly #next: Counter64;

  constructor(firstCounter: bigint) {
    this.#next = new Counter64(firstCounter);
  }

  get highest(): bigint {
    return this.#next.toBigInt() - 1n;
  }

  check(high: number, low: number): CounterVerdict {
    const ahead = this.#next.distanceTo(high, low);
    if (ahead === 0) return "fresh";
    return ahead < 0 ? "record-replayed" : "record-out-of-order";
  }

  mark(): void {
    this.#next.increment();
  }
}
