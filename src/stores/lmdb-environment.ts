import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import type * as Lmdb from "lmdb";
import { SessionError } from "../errors/index.js";
import { lmdbFailure, storeFailure } from "./lmdb-errors.js";

/** An LMDB environment that is open in this process. */
export interface LmdbEnvironment {
  readonly folder: string;
  readonly root: Lmdb.RootDatabase<Buffer, string>;
  /** name -> row. */
  readonly rows: Lmdb.Database<Buffer, string>;
  /** [time when it expires, name] -> nothing. */
  readonly expiries: Lmdb.Database<Buffer, [number, string]>;
  /** Gives it up. The last of those who share it closes it. */
  release(): Promise<void>;
}

interface Shared {
  readonly environment: LmdbEnvironment;
  readonly readOnly: boolean;
  holders: number;
}

/** LMDB must not be opened twice in a process: two openings wait for each other's transactions. */
const open = new Map<string, Shared>();

/** What `lmdb` takes and its types do not name. */
interface OpenOptions extends Lmdb.RootDatabaseOptions {
  readonly permissionsMode: number;
}

/**
 * Opens the environment in `folder`, or shares it where this process has it open.
 *
 * @throws dependency-missing, invalid-argument, store-corrupt, store-read-only, store-locked, store-full, store-failed
 */
export async function openEnvironment(path: string, readOnly: boolean): Promise<LmdbEnvironment> {
  const lmdb = await import("lmdb").catch((cause: unknown) => {
    const remedy = "install it beside bowline: npm install lmdb";
    throw new SessionError("dependency-missing", `LmdbStore needs the package lmdb: ${remedy}`, { cause });
  });
  try {
    if (!readOnly) mkdirSync(path, { recursive: true, mode: 0o700 });
    const folder = realpathSync(path);
    const shared = open.get(folder) ?? {
      environment: openFolder(lmdb, folder, readOnly),
      readOnly,
      holders: 0,
    };
    // It can't be made writable while somebody reads in it.
    if (shared.readOnly && !readOnly) throw storeFailure("store-locked", folder);
    shared.holders++;
    open.set(folder, shared);
    return shared.environment;
  } catch (cause) {
    throw lmdbFailure(cause, path);
  }
}

function openFolder(lmdb: typeof Lmdb, folder: string, readOnly: boolean): LmdbEnvironment {
  checkHeader(folder);
  const options: OpenOptions = {
    noSubdir: false,
    encoding: "binary",
    maxDbs: 64,
    readOnly,
    permissionsMode: 0o600,
    // The promise of a commit waits for the disk: pages by fdatasync, then the page that makes them count, through a descriptor with O_DSYNC.
    overlappingSync: false,
    // Otherwise lmdb makes a promise of its own for each turn, whose rejection nobody can handle.
    eventTurnBatching: false,
  };
  const root: Lmdb.RootDatabase<Buffer, string> = lmdb.open(folder, options);
  try {
    if (!readOnly) lengthen(root, folder);
    const rows = root.openDB<Buffer, string>({ name: "bowline", encoding: "binary" });
    const expiries = root.openDB<Buffer, [number, string]>({ name: "bowline-expiries", encoding: "binary" });
    // Where it is only read, lmdb makes none, and says so by undefined.
    if ((rows as unknown) === undefined || (expiries as unknown) === undefined)
      throw new SessionError("store-failed", `There is no store in ${folder} yet: open it once for writing.`);
    return { folder, root, rows, expiries, release: () => release(folder) };
  } catch (error) {
    void root.close();
    throw error;
  }
}

async function release(folder: string): Promise<void> {
  const shared = open.get(folder);
  if (shared === undefined || --shared.holders > 0) return;
  open.delete(folder);
  await shared.environment.root.close();
}

const magic = 0xbeefc0de;
/** Where the magic number stands in LMDB's first page, in its two formats. */
const magicAt = [24, 16];
const firstPages = 8192;

/** lmdb crashes the process on a file that is none of its own, so that is looked at before. @throws store-corrupt */
function checkHeader(folder: string): void {
  const file = join(folder, "data.mdb");
  if (!existsSync(file)) return;
  const length = statSync(file).size;
  if (length === 0) return;
  const header = Buffer.alloc(32);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, header, 0, header.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length < firstPages || !magicAt.some(at => header.readUInt32LE(at) === magic))
    throw storeFailure("store-corrupt", folder);
}

/**
 * A page behind the end of the file, once touched, kills the process (SIGBUS); as zeros it is an error. A sound file can be shorter than it says
 * (where its last pages are free), so it is no error in itself. Under the writer's lock, as nobody may write meanwhile.
 */
function lengthen(root: Lmdb.RootDatabase<Buffer, string>, folder: string): void {
  root.transactionSync(() => {
    const { lastPageNumber, pageSize } = root.getStats() as { lastPageNumber: number; pageSize: number };
    const file = join(folder, "data.mdb");
    const length = (lastPageNumber + 1) * pageSize;
    if (statSync(file).size < length) truncateSync(file, length);
  });
}
