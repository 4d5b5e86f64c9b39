import { SessionError } from "../../src/errors/index.js";
import type { ExpectedVersion, Store, StoreWrite, WriteOptions } from "../../src/ports/index.js";

/** What happens to a write: nothing is written; it is written and the answer lost; it is written after what is asked next; there is no room. */
export type Failure = "failed" | "answer-lost" | "late" | "full";

/** A store whose writes fail from `from` on, `times` of them. Writes are counted from 1. */
export class FailingStore implements Store {
  readonly transactional = true;
  readonly #store: Store;
  readonly #failure: Failure;
  readonly #from: number;
  #left: number;
  writes = 0;
  /** What is still on its way. */
  #late: (() => Promise<unknown>) | undefined;

  constructor(store: Store, failure: Failure, from: number, times = 1) {
    this.#store = store;
    this.#failure = failure;
    this.#from = from;
    this.#left = times;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  get(name: string) {
    return this.#store.get(name);
  }

  async write(writes: readonly StoreWrite[], options?: WriteOptions): Promise<readonly ExpectedVersion[]> {
    this.writes++;
    const late = this.#late;
    this.#late = undefined;
    try {
      if (this.writes < this.#from || this.#left === 0) return await this.#store.write(writes, options);
      this.#left--;
      switch (this.#failure) {
        case "full":
          throw new SessionError("store-full", "There is no room.");
        case "failed":
          throw new SessionError("store-failed", "The disk is away.");
        case "answer-lost":
          await this.#store.write(writes, options);
          throw new SessionError("store-failed", "The answer was lost.");
        default:
          this.#late = () => this.#store.write(writes, options);
          throw new SessionError("store-timeout", "The answer has not come.");
      }
    } finally {
      // It arrives behind what was asked next.
      await late?.().catch(() => undefined);
    }
  }

  entries(prefix: string, options?: { readonly after?: string }) {
    return this.#store.entries(prefix, options);
  }

  close() {
    return this.#store.close();
  }
}
