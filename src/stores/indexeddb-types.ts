// What the store uses of IndexedDB, by shape: the types of a browser are not there where this is compiled for Node.

export interface DatabaseRequest<Result = unknown> {
  readonly result: Result;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

export interface OpenRequest extends DatabaseRequest<ObjectDatabase> {
  onupgradeneeded: (() => void) | null;
  onblocked: (() => void) | null;
}

export interface ObjectDatabase {
  onversionchange: (() => void) | null;
  onclose: (() => void) | null;
  createObjectStore(name: string): ObjectStore;
  transaction(
    stores: string,
    mode: "readonly" | "readwrite",
    options: { readonly durability: "strict" },
  ): DatabaseTransaction;
  close(): void;
}

export interface DatabaseTransaction {
  readonly error: Error | null;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): ObjectStore;
  abort(): void;
}

export interface ObjectStore {
  createIndex(name: string, keyPath: string): unknown;
  index(name: string): { getAllKeys(range: unknown, count: number): DatabaseRequest<string[]> };
  get(key: string): DatabaseRequest;
  getAll(range: unknown, count: number): DatabaseRequest<unknown[]>;
  getAllKeys(range: unknown, count: number): DatabaseRequest<string[]>;
  put(value: unknown, key: string): unknown;
  delete(key: string): unknown;
}

export interface KeyRanges {
  bound(lower: string, upper: string, lowerOpen: boolean, upperOpen: boolean): unknown;
  upperBound(upper: number): unknown;
}

/** `indexedDB`, and what belongs to it. */
export interface IndexedDbPlatform {
  readonly indexedDB: { open(name: string, version: number): OpenRequest };
  readonly IDBKeyRange: KeyRanges;
  readonly crypto: { getRandomValues(bytes: Uint8Array): unknown };
}
