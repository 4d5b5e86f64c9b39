/** One stored value. */
export interface StoredValue {
  /** The value. The caller owns it. */
  readonly bytes: Uint8Array;
  /** Opaque; another after every write. */
  readonly version: string;
}

/**
 * Keeps opaque, sealed bytes under names. A promise that has resolved means that the write is durable, as far as the
 * store can be.
 */
export interface Store {
  /** The value under `name`, or undefined. @throws store-failed */
  get(name: string): Promise<StoredValue | undefined>;
  /**
   * Writes `bytes` where the present version is `expected` (undefined: where there is none), and returns the new version.
   *
   * @throws store-conflict where it is another: nothing has been written; store-failed
   */
  compareAndSwap(name: string, expected: string | undefined, bytes: Uint8Array): Promise<string>;
  /** Removes `name` where its version is `expected`. @throws store-conflict, store-failed */
  delete(name: string, expected: string): Promise<void>;
  /** Every name that begins with `prefix`, in code-unit order. @throws store-failed */
  names(prefix: string): AsyncIterable<string>;
  /** Gives up what the store holds open. Nothing is called afterwards. */
  close(): Promise<void>;
}
