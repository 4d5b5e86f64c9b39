import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, open, realpath, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { defaultProvider } from "#default-provider";
import type { Secret } from "./bytes/index.js";
import { SessionError } from "./errors/index.js";
import {
  decodeIdentityFile,
  encodeIdentityFile,
  identityFileLength,
  malformed,
} from "./identity-file-format.js";
import { isWrapped, unwrapIdentityFile, wrapIdentityFile } from "./identity-file-passphrase.js";
import { Identity } from "./manager/index.js";
import { syncFolder } from "./node-folder.js";

/** Enough for any version of the file; a longer one is not read. */
const longestFile = 4096;
const ownerOnly = 0o600;
const onWindows = process.platform === "win32";

/** Where a passphrase comes from. Asked only for a file that has one, or is to have one; what it gives is taken over and erased. */
export type PassphraseSource = () => Secret | Promise<Secret>;

/** What `loadIdentity` does about a missing file and a passphrase. */
export interface LoadIdentityOptions {
  /** The passphrase of the file, in UTF-8; a file that `create` makes is wrapped under it. Default: nobody knows it; a new file has none. */
  readonly passphrase?: PassphraseSource;
  /** Makes a new identity, and its file, where there is none: under `passphrase`, if that is given. Default: false. */
  readonly create?: boolean;
}

/**
 * The identity of a file. The caller disposes it.
 *
 * @throws identity-file-missing, unless `create` is true
 * @throws identity-file-locked, identity-file-passphrase-wrong, identity-file-exposed, identity-file-malformed,
 * identity-file-failed, and what `passphrase` throws; nothing has been written then
 */
export async function loadIdentity(path: string, options: LoadIdentityOptions = {}): Promise<Identity> {
  try {
    return Identity.fromSecretKey(await readSecretKeyFile(path, options.passphrase));
  } catch (error) {
    if (options.create !== true || !SessionError.is(error, "identity-file-missing")) throw error;
  }
  const identity = Identity.generate();
  let wrapping: Secret | undefined;
  try {
    wrapping = await options.passphrase?.();
    await saveIdentity(path, identity, wrapping === undefined ? {} : { passphrase: wrapping });
    return identity;
  } catch (error) {
    identity.dispose();
    // Somebody else has made one at the same time: theirs is the identity.
    if (SessionError.is(error, "identity-file-exists"))
      return loadIdentity(path, { ...options, create: false });
    throw error;
  } finally {
    wrapping?.dispose();
  }
}

/** How `saveIdentity` writes. */
export interface SaveIdentityOptions {
  /** Wraps the key: 1 byte or more, in UTF-8. It stays the caller's. Default: only the file's mode protects the key. */
  readonly passphrase?: Secret;
}

/** Writes an identity, which stays the caller's, to a file that does not exist yet. @throws as `writeSecretKeyFile` */
export async function saveIdentity(
  path: string,
  identity: Identity,
  options: SaveIdentityOptions = {},
): Promise<void> {
  const secret = identity.exportSecretKey();
  try {
    await writeSecretKeyFile(path, secret, options.passphrase);
  } finally {
    secret.dispose();
  }
}

/**
 * Wraps an identity file's key anew: under the passphrase that `next` gives, or under nothing where that is undefined. The key itself
 * stays as it is. `next` is asked once the file is open. The file is replaced in one step: a crash leaves the old one or the new one.
 * Where `path` is a symbolic link, that stays: the file that it leads to is replaced.
 *
 * @throws as `loadIdentity`, and what `next` throws; the file is as it was then
 */
export async function changePassphrase(
  path: string,
  passphrase: PassphraseSource | undefined,
  next: PassphraseSource | undefined,
): Promise<void> {
  // Reading says what is wrong with a path that leads nowhere.
  const file = await realpath(path).catch(() => path);
  const secret = await readSecretKeyFile(file, passphrase);
  let wrapping: Secret | undefined;
  try {
    wrapping = await next?.();
    await writeFileAs(file, secret, wrapping, rename).catch((error: unknown) => {
      throw failed("write", file, error);
    });
  } finally {
    wrapping?.dispose();
    secret.dispose();
  }
}

/**
 * Reads the 32-byte secret key of an identity file. The caller disposes it.
 *
 * @throws identity-file-missing
 * @throws identity-file-locked where it has a passphrase and no source of one is given; identity-file-passphrase-wrong
 * @throws identity-file-exposed where others than its owner have any right to the file (not checked on Windows)
 * @throws identity-file-malformed, identity-file-failed
 */
export async function readSecretKeyFile(path: string, passphrase?: PassphraseSource): Promise<Secret> {
  // Not to wait for a writer where the path is a pipe.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const content = await withFile(path, flags, async file => {
    await checkBeforeReading(file, path);
    return readAtMost(file, longestFile + 1);
  }).catch((error: unknown) => {
    if (systemCode(error) !== "ENOENT") throw failed("read", path, error);
    const message = `There is no identity file ${path}: make one, or check the path.`;
    throw new SessionError("identity-file-missing", message, { cause: error });
  });
  try {
    return isWrapped(content) ? await unwrap(content, path, passphrase) : decodeIdentityFile(content, path);
  } finally {
    content.fill(0);
  }
}

async function unwrap(
  content: Uint8Array,
  path: string,
  source: PassphraseSource | undefined,
): Promise<Secret> {
  if (source === undefined) {
    throw new SessionError("identity-file-locked", `${path} has a passphrase: give it to open the file.`);
  }
  const passphrase = await source();
  try {
    return await unwrapIdentityFile(content, path, passphrase, defaultProvider);
  } finally {
    passphrase.dispose();
  }
}

/**
 * Writes a 32-byte secret key, readable by its owner only, to a file that does not exist yet; wrapped where there is a passphrase. Both
 * secrets stay the caller's. When the promise has resolved, the file is durable; a crash before that leaves no file at `path`, or a
 * whole one (on a file system without hard links: or an empty one).
 *
 * @throws identity-file-exists: it has not been touched
 * @throws identity-file-failed, invalid-argument
 */
export async function writeSecretKeyFile(path: string, secret: Secret, passphrase?: Secret): Promise<void> {
  try {
    await writeFileAs(path, secret, passphrase, publish);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw failed("write", path, error);
    const message = `${path} exists: choose another path, or move it away if you no longer need that identity.`;
    throw new SessionError("identity-file-exists", message, { cause: error });
  }
}

/** Writes beside `path`, then gives the file its name by `place`. */
async function writeFileAs(
  path: string,
  secret: Secret,
  passphrase: Secret | undefined,
  place: (temporary: string, path: string) => Promise<void>,
): Promise<void> {
  const content =
    passphrase === undefined
      ? encodeIdentityFile(secret)
      : await wrapIdentityFile(secret, passphrase, defaultProvider);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    await writeDurably(temporary, content);
    await place(temporary, path);
  } finally {
    content.fill(0);
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

async function checkBeforeReading(file: FileHandle, path: string): Promise<void> {
  const status = await file.stat();
  if (!status.isFile()) throw malformed(path, "is no regular file");
  if (!onWindows && (status.mode & 0o077) !== 0) {
    throw new SessionError(
      "identity-file-exposed",
      `Others than its owner may use ${path}, which holds a secret key: run chmod 600 ${shellWord(path)}`,
    );
  }
  if (status.size > longestFile)
    throw malformed(path, `has ${status.size} bytes; a whole one has ${identityFileLength}`);
}

/** What the file holds, up to `limit` bytes, in an array that the caller erases. */
async function readAtMost(file: FileHandle, limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit);
  try {
    let length = 0;
    while (length < limit) {
      const { bytesRead } = await file.read(buffer, length, limit - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.slice(0, length);
  } finally {
    buffer.fill(0);
  }
}

async function writeDurably(path: string, content: Uint8Array): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  await withFile(path, flags, async file => {
    await file.chmod(ownerOnly);
    await file.writeFile(content);
    await file.sync();
  });
}

/** Gives the file its name, unless that is taken. A link does so in one step; not every file system has links. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw error;
    await withFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, () => Promise.resolve());
    await rename(temporary, path);
  }
}

async function withFile<Result>(
  path: string,
  flags: number,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags, ownerOnly);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function failed(what: "read" | "write", path: string, error: unknown): unknown {
  if (SessionError.is(error)) return error;
  const code = systemCode(error) ?? "no system code";
  const message = `Cannot ${what} the identity file ${path} (${code}): check that the folder exists and that you may use it.`;
  return new SessionError("identity-file-failed", message, { cause: error });
}

function systemCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function shellWord(path: string): string {
  return /^[\w./][\w./-]*$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
