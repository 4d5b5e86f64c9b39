import { toHex } from "../bytes/index.js";
import type {
  ExpectedVersion,
  Store,
  StoredEntry,
  StoredValue,
  StoreWrite,
  WriteOptions,
} from "../ports/index.js";
import { indexedDbError, indexedDbFailure } from "./indexeddb-errors.js";
import type {
  DatabaseRequest,
  DatabaseTransaction,
  IndexedDbPlatform,
  ObjectDatabase,
  ObjectStore,
} from "./indexeddb-types.js";
import { checkName, checkWrites, storeClosed, storeConflict } from "./store-checks.js";
import { checkTimeout, withinTime } from "./within-time.js";
import { wallClock } from "./wall-clock.js";

/** What `IndexedDbStore.open` takes. */
export interface IndexedDbStoreOptions {
  /** The name of the database; it is one for each origin. Default: "bowline". */
  readonly name?: string;
  /** The wall clock, in milliseconds since 1970. Default: the platform's. */
  readonly now?: () => number;
  /** How long a write or an opening may take, in milliseconds, before it fails with `store-timeout`. Default: 30,000. */
  readonly timeout?: number;
}

interface Row {
  readonly bytes: Uint8Array;
  readonly version: string;
  /** Absent where it does not expire: then the index does not hold it. */
  readonly expiresAt?: number;
}

interface Settings {
  readonly name: string;
  readonly now: () => number;
  readonly timeout: number;
}

type Page = readonly [names: readonly string[], values: readonly unknown[]];

/** What happens in a transaction: requests, what is done with their answers, and what comes of it all. */
type Run<Result> = (
  rows: ObjectStore,
  on: {
    readonly done: (result: Result) => void;
    readonly answered: <Answer>(request: DatabaseRequest<Answer>, take: (answer: Answer) => void) => void;
  },
) => void;

const objectStore = "rows";
const byExpiry = "expiresAt";
const databaseVersion = 1;
const entriesAtOnce = 64;
const expiredAtOnce = 64;
/** Behind all that is printable ASCII. */
const behindAll = "\u007f";

/**
 * A store in IndexedDB, for browsers. All tabs and workers of an origin may have it open at once: read-write transactions exclude each other
 * across all of them, and each write checks its versions inside one, so no further lock is needed. Transactions ask for strict durability: the
 * browser answers after it has flushed to the disk. What the user or the browser deletes is gone all the same: ask for persistent storage.
 *
 * @see docs/OPERATIONS.md, "Stores"
 */
export class IndexedDbStore implements Store {
  /** A transaction of IndexedDB waits for nobody between two requests: the application's writes can't be called inside. */
  readonly transactional = false;
  readonly #database: ObjectDatabase;
  readonly #platform: IndexedDbPlatform;
  readonly #settings: Settings;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  /** Another tab changes the database, or the browser has taken it away. */
  #lost: "store-locked" | "store-failed" | undefined;

  private constructor(database: ObjectDatabase, platform: IndexedDbPlatform, settings: Settings) {
    this.#database = database;
    this.#platform = platform;
    this.#settings = settings;
    database.onversionchange = () => {
      // Or whoever deletes or changes it waits for this tab.
      database.close();
      this.#lost = "store-locked";
    };
    database.onclose = () => (this.#lost = "store-failed");
  }

  /**
   * Opens the store, or makes it. Whoever opened it closes it.
   *
   * @throws store-locked where another tab has an older or a newer version of it open; store-timeout, store-full, store-failed (also where there is
   * no IndexedDB); invalid-argument
   */
  static async open(options: IndexedDbStoreOptions = {}): Promise<IndexedDbStore> {
    const { name = "bowline", now = wallClock, timeout = 30_000 } = options;
    checkTimeout(timeout);
    const platform = globalThis as unknown as IndexedDbPlatform;
    const opening = openDatabase(platform, name);
    const database = await withinTime(opening, timeout, name).catch((cause: unknown) => {
      // It may open yet, and must hold nobody up then.
      void opening.then(late => late.close()).catch(() => undefined);
      throw indexedDbFailure(cause, name);
    });
    return new IndexedDbStore(database, platform, { name, now, timeout });
  }

  async get(name: string): Promise<StoredValue | undefined> {
    checkName(name);
    const row = await this.#transact<Row | undefined>("readonly", (rows, { done, answered }) => {
      answered(rows.get(name), value => done(this.#live(value)));
    });
    return row && { bytes: row.bytes, version: row.version };
  }

  /**
   * As the port says; it takes no `alongside`. Where it fails with `store-timeout`, it can still take place afterwards.
   *
   * @throws store-conflict, invalid-argument, store-full, store-locked, store-timeout, store-corrupt, store-failed
   */
  async write(
    writes: readonly StoreWrite[],
    options: WriteOptions = {},
  ): Promise<readonly ExpectedVersion[]> {
    checkWrites(writes, options, this.transactional);
    const parts = writes.map(write =>
      write.kind === "put" ? { ...write, bytes: Uint8Array.from(write.bytes) } : write,
    );
    return this.#transact<readonly ExpectedVersion[]>("readwrite", (rows, { done, answered }) => {
      if (parts.length === 0) return done([]);
      let due: readonly string[] = [];
      const range = this.#platform.IDBKeyRange.upperBound(this.#settings.now());
      answered(rows.index(byExpiry).getAllKeys(range, expiredAtOnce), names => (due = names));
      let unanswered = parts.length;
      for (const { name, expected } of parts)
        answered(rows.get(name), value => {
          if (this.#live(value)?.version !== expected) throw storeConflict();
          // Answers come in the order of the requests: the expired names are known with the last of them.
          if (--unanswered > 0) return;
          for (const expired of due) rows.delete(expired);
          done(parts.map(part => this.#apply(rows, part)));
        });
    });
  }

  /** Read piece by piece: each entry as it is when it is read. @throws invalid-argument, store-corrupt, store-failed */
  async *entries(
    prefix: string,
    { after = "" }: { readonly after?: string } = {},
  ): AsyncGenerator<StoredEntry, void, undefined> {
    for (let last = after; last < prefix + behindAll;) {
      const range = this.#platform.IDBKeyRange.bound(
        last < prefix ? prefix : last,
        prefix + behindAll,
        last >= prefix && last !== "",
        true,
      );
      const [names, values] = await this.#transact<Page>("readonly", (rows, { done, answered }) => {
        let found: readonly string[] = [];
        answered(rows.getAllKeys(range, entriesAtOnce), keys => (found = keys));
        answered(rows.getAll(range, entriesAtOnce), all => done([found, all]));
      });
      for (const [i, name] of names.entries()) {
        last = name;
        const row = this.#live(values[i]);
        if (row !== undefined) yield { name, bytes: row.bytes, version: row.version };
      }
      if (names.length < entriesAtOnce) return;
    }
  }

  /** Waits for what is under way. What is asked afterwards fails with `store-failed`. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(() => this.#database.close());
    return this.#closing;
  }

  #apply(rows: ObjectStore, write: StoreWrite): ExpectedVersion {
    if (write.kind === "require") return write.expected;
    if (write.kind === "delete") {
      rows.delete(write.name);
      return undefined;
    }
    const { name, bytes, expiresAt = Infinity } = write;
    const drawn = new Uint8Array(12);
    this.#platform.crypto.getRandomValues(drawn);
    const version = toHex(drawn);
    const row: Row = { bytes, version, ...(expiresAt === Infinity ? {} : { expiresAt }) };
    rows.put(row, name);
    return version;
  }

  #live(value: unknown): Row | undefined {
    if (value === undefined) return undefined;
    if (!isRow(value)) throw indexedDbError("store-corrupt", this.#settings.name);
    return value.expiresAt === undefined || value.expiresAt > this.#settings.now() ? value : undefined;
  }

  /** Runs in one transaction, and resolves with what `done` was given once it is complete. */
  #transact<Result>(mode: "readonly" | "readwrite", run: Run<Result>): Promise<Result> {
    const { name, timeout } = this.#settings;
    if (this.#closing !== undefined) return Promise.reject(storeClosed());
    if (this.#lost !== undefined) return Promise.reject(indexedDbError(this.#lost, name));
    const complete = new Promise<Result>((resolve, reject) => {
      const transaction = this.#database.transaction(objectStore, mode, { durability: "strict" });
      attend(transaction, run, resolve, reject);
    }).catch((cause: unknown) => {
      throw indexedDbFailure(cause, name);
    });
    this.#underWay.add(complete);
    const over = (): void => void this.#underWay.delete(complete);
    complete.then(over, over);
    return withinTime(complete, timeout, name);
  }
}

/** Resolves when the transaction is complete; what is thrown where an answer is taken aborts it. */
function attend<Result>(
  transaction: DatabaseTransaction,
  run: Run<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): void {
  let result: { readonly value: Result } | undefined;
  let failure: { readonly error: unknown } | undefined;
  transaction.oncomplete = () => {
    if (result === undefined) reject(new Error("The transaction ended without an answer."));
    else resolve(result.value);
  };
  transaction.onabort = () =>
    reject(failure?.error ?? transaction.error ?? new Error("The browser gave the transaction up."));
  run(transaction.objectStore(objectStore), {
    done: value => (result = { value }),
    answered: (request, take) => {
      request.onsuccess = () => {
        if (failure !== undefined) return;
        try {
          take(request.result);
        } catch (error) {
          failure = { error };
          transaction.abort();
        }
      };
    },
  });
}

function isRow(value: unknown): value is Row {
  return (
    typeof value === "object" &&
    value !== null &&
    "bytes" in value &&
    value.bytes instanceof Uint8Array &&
    "version" in value &&
    typeof value.version === "string"
  );
}

function openDatabase(platform: IndexedDbPlatform, name: string): Promise<ObjectDatabase> {
  return new Promise((resolve, reject) => {
    const request = platform.indexedDB.open(name, databaseVersion);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(objectStore).createIndex(byExpiry, byExpiry);
    };
    request.onblocked = () => reject(indexedDbError("store-locked", name));
    request.onerror = () => reject(request.error ?? new Error("The database did not open."));
    request.onsuccess = () => resolve(request.result);
  });
}
