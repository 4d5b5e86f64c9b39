import type { Clock, Store } from "../../src/ports/index.js";
import { FaultyStore, type StoreFault } from "../../src/testing/faulty-store.js";

/** What happens to a write: nothing is written; it is written and the answer lost; it is written behind what is asked next; there is no room. */
export type Failure = "failed" | "answer-lost" | "late" | "full";

const faults: Readonly<Record<Failure, StoreFault>> = {
  failed: "fail",
  "answer-lost": "lose-answer",
  late: "time-out",
  full: "full",
};

/** `store`, whose writes fail from `from` on, `times` of them. Writes are counted from 1. */
export function failingStore(store: Store, failure: Failure, from: number, times = 1) {
  let left = times;
  const late: (() => void)[] = [];
  // What is late arrives behind what is asked next.
  const clock: Clock = {
    now: () => ({ wall: 0, monotonic: 0 }),
    schedule: (_delay, wake) => {
      late.push(wake);
      return () => undefined;
    },
  };
  const faulty = new FaultyStore(store, {
    clock,
    plan: number => {
      for (const wake of late.splice(0)) queueMicrotask(wake);
      if (number + 1 < from || left === 0) return undefined;
      left--;
      return faults[failure];
    },
  });
  return { store: faulty, done: () => left === 0 };
}
