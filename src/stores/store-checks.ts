import { SessionError } from "../errors/index.js";
import type { StoreWrite, WriteOptions } from "../ports/index.js";

const printable = /^[ -~]{1,512}$/;

/** @throws invalid-argument unless `name` is 1 to 512 bytes of printable ASCII */
export function checkName(name: string): void {
  if (!printable.test(name))
    throw new SessionError(
      "invalid-argument",
      `A name in a store is 1 to 512 bytes of printable ASCII; this one has ${name.length} characters.`,
    );
}

/**
 * What holds of every transaction before a store looks at it, whatever the store.
 *
 * @throws invalid-argument
 */
export function checkWrites(
  writes: readonly StoreWrite[],
  { alongside }: WriteOptions,
  transactional: boolean,
): void {
  const names = new Set<string>();
  for (const write of writes) {
    checkName(write.name);
    if (names.has(write.name))
      throw new SessionError("invalid-argument", "A transaction names a name at most once.");
    names.add(write.name);
    if (write.kind === "put" && Number.isNaN(write.expiresAt))
      throw new SessionError("invalid-argument", "The time when a name expires is in milliseconds, not NaN.");
  }
  if (alongside !== undefined && !transactional)
    throw new SessionError(
      "invalid-argument",
      "This store does not take the application's rows into its transactions: leave out `alongside`.",
    );
}

/** Calls the application's part. @throws what it throws; invalid-argument where it returns a promise: the transaction does not wait for one */
export function runAlongside({ alongside }: WriteOptions): void {
  const returned: unknown = alongside?.();
  if (returned !== null && typeof returned === "object" && "then" in returned)
    throw new SessionError(
      "invalid-argument",
      "`alongside` returned a promise, and a transaction does not wait for one: write synchronously.",
    );
}

/** A name has another version than the write expects. */
export function storeConflict(): SessionError<"store-conflict"> {
  return new SessionError(
    "store-conflict",
    "Somebody else wrote a name meanwhile, and nothing of this has been written: read it again, then decide.",
  );
}

/** What every operation after `close` fails with. */
export function storeClosed(): SessionError<"store-failed"> {
  return new SessionError("store-failed", "This store has been closed: open another.");
}
