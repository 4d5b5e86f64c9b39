import { statfsSync } from "node:fs";
import { SessionError, type ErrorCode } from "../errors/index.js";

type Failure = Extract<
  ErrorCode,
  "store-full" | "store-read-only" | "store-locked" | "store-corrupt" | "store-failed"
>;

const remedies: Readonly<Record<Failure, string>> = {
  "store-full": "its disk is full, and nothing of this has been written: make room, then try again.",
  "store-read-only": "it can be read and not written here: look at the mount and at who owns the files.",
  "store-locked": "others hold it: too many processes read it at once, or its lock cannot be had.",
  "store-corrupt": "what is on the disk is no LMDB environment, or a damaged one: put back a copy.",
  "store-failed": "read again what was to be written, then decide.",
};

/** The numbers that LMDB and the system give. */
const codes = new Map<number, Failure>([
  [28, "store-full"], // ENOSPC
  [122, "store-full"], // EDQUOT
  [27, "store-full"], // EFBIG
  [-30792, "store-full"], // MDB_MAP_FULL
  [1, "store-read-only"], // EPERM
  [13, "store-read-only"], // EACCES
  [30, "store-read-only"], // EROFS
  [11, "store-locked"], // EAGAIN
  [16, "store-locked"], // EBUSY
  [-30790, "store-locked"], // MDB_READERS_FULL
  [-30775, "store-locked"], // MDB_LOCK_FAILURE
  [-30797, "store-corrupt"], // MDB_PAGE_NOTFOUND
  [-30796, "store-corrupt"], // MDB_CORRUPTED
  [-30794, "store-corrupt"], // MDB_VERSION_MISMATCH
  [-30793, "store-corrupt"], // MDB_INVALID
  [-30784, "store-corrupt"], // MDB_INCOMPATIBLE
]);

const systemCodes = new Map<string, Failure>([
  ["ENOSPC", "store-full"],
  ["EDQUOT", "store-full"],
  ["EACCES", "store-read-only"],
  ["EPERM", "store-read-only"],
  ["EROFS", "store-read-only"],
  ["EBUSY", "store-locked"],
  ["EAGAIN", "store-locked"],
]);

const inputOutput = 5;
/** A write that the disk took in part, LMDB reports as EIO: what is left then is less than any commit takes. */
const roomOfCommit = 1_048_576;

/** What `cause`, thrown by `lmdb` or by the file system, means for the store in `folder`. */
export function lmdbFailure(cause: unknown, folder: string): SessionError {
  if (SessionError.is(cause)) return cause;
  return storeFailure(kindOf(cause, folder), folder, cause);
}

/** The error with what to do about it. */
export function storeFailure(kind: Failure, folder: string, cause?: unknown): SessionError {
  return new SessionError(
    kind,
    `The store in ${folder} failed: ${remedies[kind]}`,
    cause === undefined ? {} : { cause },
  );
}

/** A commit that failed hides why behind a promise. */
export async function causeOfCommit(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && "commitError" in error)) return error;
  return Promise.resolve(error.commitError).catch((cause: unknown) => cause);
}

function kindOf(cause: unknown, folder: string): Failure {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (typeof code === "string") return systemCodes.get(code) ?? "store-failed";
  if (typeof code !== "number") return "store-failed";
  if (code === inputOutput && isFull(folder)) return "store-full";
  return codes.get(code) ?? "store-failed";
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < roomOfCommit;
  } catch {
    return false;
  }
}
