import { SessionError } from "../errors/index.js";
import type { Store, StoredValue } from "../ports/index.js";

/** A store that lasts as long as the process. Bytes are copied in and out. */
export class MemoryStore implements Store {
  readonly #values = new Map<string, StoredValue>();
  #writes = 0;
  #closed = false;

  get(name: string): Promise<StoredValue | undefined> {
    return this.#operation(() => {
      const value = this.#values.get(name);
      return value && { bytes: Uint8Array.from(value.bytes), version: value.version };
    });
  }

  compareAndSwap(name: string, expected: string | undefined, bytes: Uint8Array): Promise<string> {
    return this.#operation(() => {
      this.#requireVersion(name, expected);
      const version = String(++this.#writes);
      this.#values.set(name, { bytes: Uint8Array.from(bytes), version });
      return version;
    });
  }

  delete(name: string, expected: string): Promise<void> {
    return this.#operation(() => {
      this.#requireVersion(name, expected);
      this.#values.delete(name);
    });
  }

  /** The names at the time when the iteration begins. */
  async *names(prefix: string): AsyncIterable<string> {
    yield* await this.#operation(() =>
      [...this.#values.keys()].filter(name => name.startsWith(prefix)).sort(),
    );
  }

  /** Forgets everything. What is asked afterwards fails with `store-failed`. */
  close(): Promise<void> {
    this.#closed = true;
    this.#values.clear();
    return Promise.resolve();
  }

  /** Runs at once, before anything else can: each operation is atomic. What it throws, the promise is rejected with. */
  #operation<Result>(run: () => Result): Promise<Result> {
    return new Promise(resolve => {
      if (this.#closed) throw new SessionError("store-failed", "This store has been closed: open another.");
      resolve(run());
    });
  }

  #requireVersion(name: string, expected: string | undefined): void {
    if (this.#values.get(name)?.version === expected) return;
    throw new SessionError(
      "store-conflict",
      "Somebody else wrote this name meanwhile: read it again, then decide.",
    );
  }
}
