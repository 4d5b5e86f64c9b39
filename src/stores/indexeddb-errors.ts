import { SessionError, type ErrorCode } from "../errors/index.js";

type Failure = Extract<
  ErrorCode,
  "store-full" | "store-read-only" | "store-locked" | "store-corrupt" | "store-timeout" | "store-failed"
>;

/** By the name of the DOMException. */
const failures = new Map<string, Failure>([
  ["QuotaExceededError", "store-full"],
  ["ReadOnlyError", "store-read-only"],
  ["VersionError", "store-locked"],
  ["NotReadableError", "store-corrupt"],
  ["DataError", "store-corrupt"],
  ["NotFoundError", "store-corrupt"],
  ["TimeoutError", "store-timeout"],
]);

const remedies: Readonly<Record<Failure, string>> = {
  "store-full": "the browser gives it no more room, and nothing of this has been written: remove something.",
  "store-read-only": "it can be read and not written here.",
  "store-locked":
    "another tab changes it, or had a newer version of it: close the other tabs and load this one again.",
  "store-corrupt": "what is in it was not written by this: delete the database, or take another name.",
  "store-timeout": "it may take place yet: read again what was to be written, then decide.",
  "store-failed": "read again what was to be written, then decide.",
};

/** What a failure of the browser means. */
export function indexedDbFailure(cause: unknown, database: string): SessionError {
  if (SessionError.is(cause)) return cause;
  const name = cause instanceof Error ? cause.name : "";
  return indexedDbError(failures.get(name) ?? "store-failed", database, cause);
}

/** The error with what to do about it. */
export function indexedDbError(kind: Failure, database: string, cause?: unknown): SessionError {
  return new SessionError(
    kind,
    `The IndexedDB store ${database} failed: ${remedies[kind]}`,
    cause === undefined ? {} : { cause },
  );
}
