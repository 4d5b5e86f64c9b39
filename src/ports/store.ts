/** One stored value. */
export interface StoredValue {
  /** The value. The caller owns it. */
  readonly bytes: Uint8Array;
  /** Opaque; another after every write of that name, also after it was removed in between. */
  readonly version: string;
}

/** One stored value, and the name under which it stands. */
export interface StoredEntry extends StoredValue {
  /** 1 to 512 bytes of printable ASCII. */
  readonly name: string;
}

/** The version that a name must have for a write to take place; undefined: there must be none. */
export type ExpectedVersion = string | undefined;

/** One part of a transaction. */
export type StoreWrite =
  /** Writes `bytes`. From `expiresAt` on (wall clock, milliseconds since 1970) the name counts as removed. */
  | {
      readonly kind: "put";
      readonly name: string;
      readonly expected: ExpectedVersion;
      readonly bytes: Uint8Array;
      readonly expiresAt?: number;
    }
  /** Removes a name. */
  | { readonly kind: "delete"; readonly name: string; readonly expected: string }
  /** Changes nothing, but must hold: this is how a fence keeps out whoever was overtaken. */
  | { readonly kind: "require"; readonly name: string; readonly expected: ExpectedVersion };

/** What a write takes besides its parts. */
export interface WriteOptions {
  /**
   * The application's own writes, in the same transaction: called once, synchronously, before it commits; where it throws, nothing is
   * written and the promise is rejected with what it has thrown. Only where the store is `transactional`.
   */
  readonly alongside?: () => void;
}

/**
 * Keeps opaque, sealed bytes under names (1 to 512 bytes of printable ASCII). A promise of a write that has resolved means that the write
 * is durable: on the disk, not only handed to it. One that was rejected with `store-failed` or `store-timeout` may have taken place or not: read again.
 */
export interface Store {
  /** Whether `alongside` is taken: the application can put its own rows into the same transaction. */
  readonly transactional: boolean;
  /** The value under `name`, or undefined. @throws store-failed and what else a store can run into */
  get(name: string): Promise<StoredValue | undefined>;
  /**
   * Carries out all of `writes`, each name at most once, or nothing, and returns the version that each name has then (undefined after a delete, and for a `require`
   * the version required).
   *
   * @throws store-conflict where a name has another version than expected: nothing has been written; invalid-argument where `alongside` is not taken; store-full, store-read-only, store-locked,
   * store-corrupt, store-timeout, store-failed
   */
  write(writes: readonly StoreWrite[], options?: WriteOptions): Promise<readonly ExpectedVersion[]>;
  /** Every entry whose name begins with `prefix`, in code-unit order, from the first name after `after` on. @throws store-failed */
  entries(prefix: string, options?: { readonly after?: string }): AsyncIterable<StoredEntry>;
  /** Gives up what the store holds open. What is asked afterwards fails with `store-failed`. */
  close(): Promise<void>;
}
