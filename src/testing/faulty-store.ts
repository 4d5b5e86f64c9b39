import { SessionError } from "../errors/index.js";
import { systemClock } from "../manager/index.js";
import type {
  Clock,
  ExpectedVersion,
  Store,
  StoredEntry,
  StoredValue,
  StoreWrite,
  WriteOptions,
} from "../ports/index.js";

/**
 * What can befall a write. `fail`: `store-failed`, and nothing was written. `lose-answer`: `store-failed`, and it was written. `time-out`: `store-timeout` at
 * once, and it is written after the delay. `delay`: it is written after the delay. `full`, `read-only`, `locked`: refused with that code, and nothing was written.
 */
export type StoreFault = "fail" | "lose-answer" | "time-out" | "delay" | "full" | "read-only" | "locked";

/** What is to befall a write, by its number (from 0) and what it asks for; undefined: nothing. */
export type StoreFaultPlan = (number: number, writes: readonly StoreWrite[]) => StoreFault | undefined;

/** What `FaultyStore` takes beside a store. */
export interface FaultyStoreOptions {
  /** Default: nothing befalls a write. */
  readonly plan?: StoreFaultPlan;
  /** How long what is delayed waits, in milliseconds. Default: 1,000. */
  readonly delay?: number;
  /** What measures the delay. Default: the platform's clock. */
  readonly clock?: Clock;
}

const refusals = { full: "store-full", "read-only": "store-read-only", locked: "store-locked" } as const;

/**
 * A store whose writes fail as planned, for tests of what is built upon one. Reads pass; closing closes the store inside.
 *
 *     const store = new FaultyStore(new MemoryStore(), { plan: number => (number === 3 ? "lose-answer" : undefined) });
 */
export class FaultyStore implements Store {
  readonly #store: Store;
  readonly #delay: number;
  readonly #clock: Clock;
  #writes = 0;
  /** Can be replaced at any time; undefined: nothing befalls a write. */
  plan: StoreFaultPlan | undefined;

  constructor(store: Store, options: FaultyStoreOptions = {}) {
    this.#store = store;
    this.#delay = options.delay ?? 1_000;
    this.#clock = options.clock ?? systemClock;
    this.plan = options.plan;
  }

  /** How many writes have been asked for. */
  get writes(): number {
    return this.#writes;
  }

  get transactional(): boolean {
    return this.#store.transactional;
  }

  get(name: string): Promise<StoredValue | undefined> {
    return this.#store.get(name);
  }

  /** @throws store-failed, store-timeout, store-full, store-read-only, store-locked as planned, and what the store inside throws */
  async write(writes: readonly StoreWrite[], options?: WriteOptions): Promise<readonly ExpectedVersion[]> {
    const fault = this.plan?.(this.#writes++, writes);
    switch (fault) {
      case undefined:
        return this.#store.write(writes, options);
      case "fail":
        throw new SessionError("store-failed", "As planned, this write failed: nothing was written.");
      case "lose-answer":
        await this.#store.write(writes, options);
        throw new SessionError("store-failed", "As planned, the answer was lost: it was written.");
      case "time-out":
        void this.#wait()
          .then(() => this.#store.write(writes, options))
          .catch(() => undefined);
        throw new SessionError("store-timeout", "As planned, this write is late: it may take place yet.");
      case "delay":
        await this.#wait();
        return this.#store.write(writes, options);
      case "full":
      case "read-only":
      case "locked":
        throw new SessionError(refusals[fault], `As planned, this store is ${fault}: nothing was written.`);
    }
  }

  entries(prefix: string, options?: { readonly after?: string }): AsyncIterable<StoredEntry> {
    return this.#store.entries(prefix, options);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #wait(): Promise<void> {
    return new Promise(resolve => this.#clock.schedule(this.#delay, resolve));
  }
}
