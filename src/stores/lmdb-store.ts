import type {
  ExpectedVersion,
  Store,
  StoredEntry,
  StoredValue,
  StoreWrite,
  WriteOptions,
} from "../ports/index.js";
import { LmdbCommitter } from "./lmdb-committer.js";
import { openEnvironment, type LmdbEnvironment } from "./lmdb-environment.js";
import { lmdbFailure, storeFailure } from "./lmdb-errors.js";
import { decodeRow, drawVersion, encodeRow, versionOf, type LmdbRow } from "./lmdb-row.js";
import { checkName, checkWrites, runAlongside, storeClosed, storeConflict } from "./store-checks.js";
import { checkTimeout, withinTime } from "./within-time.js";
import { wallClock } from "./wall-clock.js";

/** What `LmdbStore.open` takes. */
export interface LmdbStoreOptions {
  /** The folder of the environment. Where it is missing it is made, with mode 0700; its files have mode 0600. */
  readonly path: string;
  /** Whether it is only read: a write fails with `store-read-only`, and nothing is made. Default: false. */
  readonly readOnly?: boolean;
  /** The wall clock, in milliseconds since 1970. Default: the platform's. */
  readonly now?: () => number;
  /** How long a write may take, in milliseconds, before it fails with `store-timeout`. Default: 30,000. */
  readonly timeout?: number;
}

/** What an application needs of a database of its own, as the package `lmdb` has it. */
export interface LmdbDatabase<Value = unknown> {
  /** The value under `key`, or undefined; inside `alongside`, as the transaction leaves it. */
  get(key: string | number): Value | undefined;
  /** Writes `value`: inside `alongside` at once, elsewhere when the result resolves. */
  put(key: string | number, value: Value): Promise<boolean>;
  /** Removes `key`, as `put` writes. */
  remove(key: string | number): Promise<boolean>;
  /** How many entries there are. */
  getCount(): number;
  /** The entries from `start` on, before `end`, in the order of their keys. */
  getRange(options?: {
    readonly start?: string | number;
    readonly end?: string | number;
    readonly limit?: number;
  }): Iterable<{ readonly key: string | number; readonly value: Value }>;
}

const entriesAtOnce = 64;
const expiredAtOnce = 64;

/**
 * A store in an LMDB environment: a folder on a local disk, which several processes may have open at once. Needs the package `lmdb`.
 *
 * A write resolves when it is on the disk: the environment is opened without `overlappingSync`, so that LMDB flushes the pages (fdatasync), then
 * writes the page that makes them count through a descriptor with O_DSYNC, and only then lets the commit return (traced with strace, lmdb 3.5;
 * with that option, its default, others read a commit before it is on the disk). Writes that
 * are asked for while one is under way share the next commit.
 *
 * @see docs/OPERATIONS.md, "Stores"
 */
export class LmdbStore implements Store {
  readonly transactional = true;
  readonly #environment: LmdbEnvironment;
  readonly #committer: LmdbCommitter;
  readonly #readOnly: boolean;
  readonly #now: () => number;
  readonly #timeout: number;
  #closing: Promise<void> | undefined;

  private constructor(
    environment: LmdbEnvironment,
    { readOnly = false, now = wallClock, timeout = 30_000 }: LmdbStoreOptions,
  ) {
    this.#environment = environment;
    this.#readOnly = readOnly;
    this.#committer = new LmdbCommitter(environment, () => this.#removeExpired());
    this.#now = now;
    this.#timeout = timeout;
  }

  /**
   * Opens the store in a folder, or makes it. Whoever opened it closes it.
   *
   * @throws dependency-missing where `lmdb` is not installed; invalid-argument; store-corrupt where the folder holds no LMDB environment or a
   * damaged one; store-read-only, store-locked, store-full, store-failed
   */
  static async open(options: LmdbStoreOptions): Promise<LmdbStore> {
    const { path, readOnly = false, timeout = 30_000 } = options;
    checkTimeout(timeout);
    return new LmdbStore(await openEnvironment(path, readOnly), options);
  }

  /**
   * A database of the application in the same environment: what is written to it inside `alongside` is part of the store's transaction. Names
   * do not collide with the store's own. It is the package's own object, and can do more than its type says; its environment is closed
   * with the store. `encoding`: as the package has it, `msgpack` by default.
   *
   * @throws store-failed
   */
  database<Value = unknown>(
    name: string,
    options: { readonly encoding?: "msgpack" | "json" | "string" | "binary" } = {},
  ): LmdbDatabase<Value> {
    return this.#guarded(() =>
      this.#environment.root.openDB<Value, string | number>({
        encoding: options.encoding ?? "msgpack",
        name: `application/${name}`,
      }),
    );
  }

  async get(name: string): Promise<StoredValue | undefined> {
    checkName(name);
    return Promise.resolve(
      this.#guarded(() => {
        this.#environment.root.resetReadTxn();
        return plain(this.#live(name));
      }),
    );
  }

  /**
   * As the port says. Where it fails with `store-timeout`, it can still take place afterwards.
   *
   * @throws store-conflict, invalid-argument, store-full, store-read-only, store-timeout, store-corrupt, store-failed, and what `alongside` throws
   */
  async write(
    writes: readonly StoreWrite[],
    options: WriteOptions = {},
  ): Promise<readonly ExpectedVersion[]> {
    checkWrites(writes, options, this.transactional);
    if (this.#closing !== undefined) throw storeClosed();
    if (this.#readOnly) throw storeFailure("store-read-only", this.#environment.folder);
    // Copied now: what the caller does to them afterwards must not matter.
    const parts = writes.map(write =>
      write.kind === "put" ? { ...write, bytes: new Uint8Array(write.bytes) } : write,
    );
    let versions: readonly ExpectedVersion[] = [];
    const committed = this.#committer.commit(() => {
      for (const { name, expected } of parts)
        if (this.#mapped(() => this.#versionOf(name)) !== expected) throw storeConflict();
      runAlongside(options);
      versions = this.#mapped(() => parts.map(part => this.#apply(part)));
    });
    await this.#inTime(committed);
    return versions;
  }

  /** Read piece by piece: each entry as it is when it is read. @throws invalid-argument, store-corrupt, store-failed */
  async *entries(
    prefix: string,
    { after = "" }: { readonly after?: string } = {},
  ): AsyncGenerator<StoredEntry, void, undefined> {
    for (let last = after; ;) {
      const page = await Promise.resolve(this.#guarded(() => this.#page(prefix, last)));
      for (const { name, row } of page) {
        last = name;
        if (row.expiresAt > this.#now()) yield { name, bytes: row.bytes, version: row.version };
      }
      if (page.length < entriesAtOnce) return;
    }
  }

  /** Waits for the writes under way. What is asked afterwards fails with `store-failed`. @throws store-timeout */
  close(): Promise<void> {
    this.#closing ??= this.#inTime(this.#committer.settled()).then(() => this.#environment.release());
    return this.#closing;
  }

  #live(name: string): LmdbRow | undefined {
    const row = this.#environment.rows.getBinary(name);
    if (row === undefined) return undefined;
    const decoded = this.#decode(row);
    return decoded.expiresAt > this.#now() ? decoded : undefined;
  }

  /** Of what lives under `name`. */
  #versionOf(name: string): ExpectedVersion {
    const row = this.#environment.rows.getBinaryFast(name);
    if (row === undefined) return undefined;
    const { version, expiresAt } = versionOf(row) ?? this.#decode(row);
    return expiresAt > this.#now() ? version : undefined;
  }

  #decode(row: Buffer): LmdbRow {
    const decoded = decodeRow(row);
    if (decoded === undefined) throw storeFailure("store-corrupt", this.#environment.folder);
    return decoded;
  }

  #apply(write: StoreWrite): ExpectedVersion {
    const { rows, expiries } = this.#environment;
    if (write.kind === "require") return write.expected;
    if (write.kind === "delete") {
      rows.removeSync(write.name);
      return undefined;
    }
    const { name, bytes, expiresAt = Infinity } = write;
    const version = drawVersion();
    rows.putSync(name, encodeRow({ bytes, version, expiresAt }));
    if (expiresAt < Infinity) expiries.putSync([expiresAt, name], Buffer.alloc(0));
    return version;
  }

  /** Some of what has expired goes with every commit, so that what is claimed once does not stay for good. */
  #removeExpired(): void {
    const { rows, expiries } = this.#environment;
    const due = [...expiries.getKeys({ end: [this.#now(), "~~"], limit: expiredAtOnce })];
    for (const [expiresAt, name] of due) {
      const row = rows.getBinary(name);
      // It may have been written anew since.
      if (row !== undefined && this.#decode(row).expiresAt === expiresAt) rows.removeSync(name);
      expiries.removeSync([expiresAt, name]);
    }
  }

  #page(prefix: string, last: string): { readonly name: string; readonly row: LmdbRow }[] {
    const { root, rows } = this.#environment;
    root.resetReadTxn();
    const start = last < prefix ? { start: prefix } : { start: last, exclusiveStart: true };
    const range = prefix === "" && last === "" ? {} : start;
    const page: { readonly name: string; readonly row: LmdbRow }[] = [];
    for (const { key, value } of rows.getRange({ ...range, limit: entriesAtOnce })) {
      if (!key.startsWith(prefix)) break;
      page.push({ name: key, row: this.#decode(value) });
    }
    return page;
  }

  #guarded<Result>(operation: () => Result): Result {
    if (this.#closing !== undefined) throw storeClosed();
    return this.#mapped(operation);
  }

  #mapped<Result>(operation: () => Result): Result {
    try {
      return operation();
    } catch (cause) {
      throw lmdbFailure(cause, this.#environment.folder);
    }
  }

  #inTime<Result>(promise: Promise<Result>): Promise<Result> {
    return withinTime(promise, this.#timeout, `in ${this.#environment.folder}`);
  }
}

function plain(row: LmdbRow | undefined): StoredValue | undefined {
  return row && { bytes: row.bytes, version: row.version };
}
