import type {
  ExpectedVersion,
  Store,
  StoredEntry,
  StoredValue,
  StoreWrite,
  WriteOptions,
} from "../ports/index.js";
import { checkName, checkWrites, runAlongside, storeClosed, storeConflict } from "./store-checks.js";
import { wallClock } from "./wall-clock.js";

interface Kept extends StoredValue {
  readonly expiresAt: number;
}

/** A store that lasts as long as the process. Bytes are copied in and out. */
export class MemoryStore implements Store {
  readonly transactional = true;
  readonly #now: () => number;
  readonly #values = new Map<string, Kept>();
  #writes = 0;
  #closed = false;

  /** `now`: the wall clock, in milliseconds since 1970. */
  constructor(options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? wallClock;
  }

  get(name: string): Promise<StoredValue | undefined> {
    return this.#operation(() => {
      checkName(name);
      const value = this.#live(name);
      return value && { bytes: Uint8Array.from(value.bytes), version: value.version };
    });
  }

  write(writes: readonly StoreWrite[], options: WriteOptions = {}): Promise<readonly ExpectedVersion[]> {
    return this.#operation(() => {
      checkWrites(writes, options, this.transactional);
      for (const { name, expected } of writes)
        if (this.#live(name)?.version !== expected) throw storeConflict();
      runAlongside(options);
      return writes.map(write => this.#apply(write));
    });
  }

  /** The entries at the time when the iteration begins. @throws store-failed after `close` */
  async *entries(
    prefix: string,
    { after = "" }: { readonly after?: string } = {},
  ): AsyncGenerator<StoredEntry, void, undefined> {
    yield* await this.#operation(() =>
      [...this.#values.keys()]
        .filter(name => name.startsWith(prefix) && name > after)
        .sort()
        .flatMap(name => {
          const value = this.#live(name);
          return value === undefined
            ? []
            : [{ name, bytes: Uint8Array.from(value.bytes), version: value.version }];
        }),
    );
  }

  /** Forgets everything. What is asked afterwards fails with `store-failed`. */
  close(): Promise<void> {
    this.#closed = true;
    this.#values.clear();
    return Promise.resolve();
  }

  #apply(write: StoreWrite): ExpectedVersion {
    if (write.kind === "require") return write.expected;
    if (write.kind === "delete") {
      this.#values.delete(write.name);
      return undefined;
    }
    const version = String(++this.#writes);
    const { name, bytes, expiresAt = Infinity } = write;
    this.#values.set(name, { bytes: Uint8Array.from(bytes), version, expiresAt });
    return version;
  }

  #live(name: string): Kept | undefined {
    const value = this.#values.get(name);
    if (value === undefined || value.expiresAt > this.#now()) return value;
    this.#values.delete(name);
    return undefined;
  }

  /** Runs at once, before anything else can: each operation is atomic. What it throws, the promise is rejected with. */
  #operation<Result>(run: () => Result): Promise<Result> {
    return new Promise(resolve => {
      if (this.#closed) throw storeClosed();
      resolve(run());
    });
  }
}
