import { SessionError } from "../src/errors/index.js";
import type { Store, StoredValue } from "../src/ports/index.js";
import type { FaultCount } from "./faults.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { SimProcess } from "./sim-process.js";

/** The disk of one host: it outlives processes, is slow now and then, fails, and loses answers. */
export class SimDisk {
  readonly #random: SeededRandom;
  readonly #faults: FaultCount;
  readonly #stormy: () => boolean;
  readonly #values = new Map<string, StoredValue>();
  #versions = 0;

  constructor(random: SeededRandom, faults: FaultCount, stormy: () => boolean) {
    this.#random = random;
    this.#faults = faults;
    this.#stormy = stormy;
  }

  get size(): number {
    return this.#values.size;
  }

  /** Forgets old values, so that a long run keeps a bounded number. */
  prune(keep: number): void {
    for (const name of this.#values.keys()) {
      if (this.#values.size <= keep) return;
      this.#values.delete(name);
    }
  }

  /** The disk as one process has it: what it asks for after it has stopped does not happen. */
  openedBy(process: SimProcess): Store {
    const values = this.#values;
    const run = <Result>(operation: () => Result): Promise<Result> => this.#run(process, operation);
    const check = (name: string, expected: string | undefined): void => {
      if (values.get(name)?.version !== expected)
        throw new SessionError("store-conflict", "Somebody else wrote this name meanwhile.");
    };
    return {
      get: name => run(() => values.get(name)),
      compareAndSwap: (name, expected, bytes) =>
        run(() => {
          check(name, expected);
          const version = String(++this.#versions);
          values.set(name, { bytes: Uint8Array.from(bytes), version });
          return version;
        }),
      delete: (name, expected) =>
        run(() => {
          check(name, expected);
          values.delete(name);
        }),
      async *names(prefix) {
        yield* await run(() => [...values.keys()].filter(name => name.startsWith(prefix)).sort());
      },
      close: () => Promise.resolve(),
    };
  }

  async #run<Result>(process: SimProcess, operation: () => Result): Promise<Result> {
    const stormy = this.#stormy();
    if (stormy && this.#random.chance(0.05)) {
      this.#faults.add("store slow");
      await process.sleep(this.#random.exponential(500));
    }
    if (!process.mayAct()) return new Promise<Result>(() => undefined);
    if (stormy && this.#random.chance(0.03)) {
      this.#faults.add("store fails");
      throw new SessionError("store-failed", "The disk is full.");
    }
    const result = operation();
    if (stormy && this.#random.chance(0.02)) {
      this.#faults.add("store answer lost");
      throw new SessionError("store-failed", "The answer was lost: it may have been written.");
    }
    return result;
  }
}
