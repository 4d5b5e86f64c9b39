import { SessionError } from "../src/errors/index.js";
import type { ExpectedVersion, Store, StoredEntry, StoredValue, StoreWrite } from "../src/ports/index.js";
import type { FaultCount } from "./faults.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { SimProcess } from "./sim-process.js";

type Values = ReadonlyMap<string, StoredValue & { readonly expiresAt: number }>;

/** The disk of one host: it outlives processes, is slow now and then, fails, loses answers, writes later than it says, and is put back. */
export class SimDisk {
  readonly #random: SeededRandom;
  readonly #faults: FaultCount;
  readonly #stormy: () => boolean;
  #values = new Map<string, StoredValue & { readonly expiresAt: number }>();
  #versions = 0;

  constructor(random: SeededRandom, faults: FaultCount, stormy: () => boolean) {
    this.#random = random;
    this.#faults = faults;
    this.#stormy = stormy;
  }

  get size(): number {
    return this.#values.size;
  }

  /** Forgets old session records, so that a long run keeps a bounded number. */
  prune(keep: number): void {
    const records = [...this.#values.keys()].filter(name => name.startsWith("session/"));
    for (const name of records.slice(0, -keep)) this.#values.delete(name);
  }

  /** Everything on it, as it is now. */
  copy(): Values {
    return new Map(this.#values);
  }

  /** Puts back what `copy` took. No process may run. */
  putBack(values: Values): void {
    this.#values = new Map(values);
  }

  /** The disk as one process has it: what it asks for after it has stopped does not happen. */
  openedBy(process: SimProcess): Store {
    const run = <Result>(operation: () => Result, late?: () => void): Promise<Result> =>
      this.#run(process, operation, late);
    const now = (): number => process.clock.read().wall;
    return {
      transactional: true,
      get: name => run(() => this.#live(name, now())),
      write: (writes, { alongside } = {}) => {
        const write = (): ExpectedVersion[] => {
          for (const { name, expected } of writes)
            if (this.#live(name, now())?.version !== expected)
              throw new SessionError("store-conflict", "Somebody else wrote this name meanwhile.");
          alongside?.();
          return writes.map(part => this.#apply(part));
        };
        return run(write, write);
      },
      entries: (prefix, { after = "" } = {}) => this.#entries(run, now, prefix, after),
      close: () => Promise.resolve(),
    };
  }

  async *#entries(
    run: (operation: () => StoredEntry[]) => Promise<StoredEntry[]>,
    now: () => number,
    prefix: string,
    after: string,
  ): AsyncGenerator<StoredEntry, void, undefined> {
    yield* await run(() =>
      [...this.#values.keys()]
        .filter(name => name.startsWith(prefix) && name > after)
        .sort()
        .flatMap(name => {
          const value = this.#live(name, now());
          return value === undefined ? [] : [{ name, ...value }];
        }),
    );
  }

  #live(name: string, now: number): StoredValue | undefined {
    const value = this.#values.get(name);
    if (value === undefined || value.expiresAt <= now) return undefined;
    return { bytes: Uint8Array.from(value.bytes), version: value.version };
  }

  #apply(write: StoreWrite): ExpectedVersion {
    if (write.kind === "require") return write.expected;
    if (write.kind === "delete") {
      this.#values.delete(write.name);
      return undefined;
    }
    const { name, bytes, expiresAt = Infinity } = write;
    const version = String(++this.#versions);
    this.#values.set(name, { bytes: Uint8Array.from(bytes), version, expiresAt });
    return version;
  }

  /** `late`: what can take place later than it is said to have failed. */
  async #run<Result>(process: SimProcess, operation: () => Result, late?: () => void): Promise<Result> {
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
    if (stormy && late !== undefined && this.#random.chance(0.015)) {
      this.#faults.add("store late");
      void this.#later(process, late);
      throw new SessionError("store-timeout", "The disk takes too long: it may be written yet.");
    }
    const result = operation();
    if (stormy && this.#random.chance(0.02)) {
      this.#faults.add("store answer lost");
      throw new SessionError("store-failed", "The answer was lost: it may have been written.");
    }
    return result;
  }

  async #later(process: SimProcess, operation: () => void): Promise<void> {
    await process.sleep(this.#random.exponential(2_500));
    if (!process.mayAct()) return;
    try {
      operation();
    } catch {
      // It has been overtaken.
    }
  }
}
