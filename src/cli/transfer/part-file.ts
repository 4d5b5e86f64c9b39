import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, open, readFile, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PeerId } from "../../index.js";
import { syncFolder } from "../../node-folder.js";
import { exitCode } from "../exit-codes.js";
import { CommandError } from "../failure.js";

/** Whose a part file is. Stands beside it as NAME.part.json. */
interface PartState {
  readonly peer: PeerId;
  readonly size: number;
}

/** A file that is on its way: NAME.part in the folder where it will be. */
export class PartFile {
  readonly #target: string;
  readonly #part: string;
  readonly #state: string;
  readonly #force: boolean;
  readonly #file: FileHandle;

  private constructor(target: string, force: boolean, file: FileHandle) {
    this.#target = target;
    this.#part = `${target}.part`;
    this.#state = `${target}.part.json`;
    this.#force = force;
    this.#file = file;
  }

  /**
   * Opens the part of `name`, a new one or the one that this peer has begun. Symbolic links are not followed. Without `force`, no file
   * that has one of its names is touched, unless the state beside the part says that it is this peer's.
   *
   * @throws CommandError: exists, where there is such a file and `force` is false; busy, where the part is another peer's
   */
  static async open(folder: string, name: string, owner: PartState, force: boolean): Promise<PartFile> {
    const target = join(folder, name);
    if (!force && (await lstat(target).catch(() => undefined)) !== undefined) throw exists(name);
    const before = await stateOf(`${target}.part.json`);
    if (before !== undefined && before.peer !== owner.peer && !force) {
      throw refused(
        "busy",
        `a part of ${name} from another peer is there: finish that, or remove ${name}.part`,
      );
    }
    const isNew = before === undefined && !force;
    if (isNew) await createState(`${name}.part.json`, `${target}.part.json`, owner);
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | constants.O_NONBLOCK;
    const file = await open(`${target}.part`, isNew ? flags | constants.O_EXCL : flags, 0o600).catch(
      async (error: unknown) => {
        if (isNew) await rm(`${target}.part.json`, { force: true });
        throw hasCode(error, "EEXIST") ? exists(`${name}.part`) : systemRefusal(name, error);
      },
    );
    try {
      if (!(await file.stat()).isFile()) throw refused("failed", `${name}.part is no regular file`);
      if (before?.peer !== owner.peer) await file.truncate(0);
      if (!isNew) await replaceState(`${target}.part.json`, owner);
      return new PartFile(target, force, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get handle(): FileHandle {
    return this.#file;
  }

  /** Bytes that are there. */
  async length(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /** Makes the part the file. When the promise has resolved, that is durable. */
  async complete(name: string): Promise<void> {
    await this.#file.sync();
    try {
      if (this.#force) await rename(this.#part, this.#target);
      else await this.#place(name);
    } finally {
      await this.close();
    }
    await rm(this.#state, { force: true });
    await syncFolder(dirname(this.#target));
  }

  /** Throws away what came: it is not what was sent. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#part, { force: true });
    await rm(this.#state, { force: true });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Gives the part its name, unless that was taken meanwhile: a link does so in one step; not every file system has links. */
  async #place(name: string): Promise<void> {
    try {
      await link(this.#part, this.#target);
      await rm(this.#part);
    } catch (error) {
      if (hasCode(error, "EEXIST")) throw exists(name);
      if ((await lstat(this.#target).catch(() => undefined)) !== undefined) throw exists(name);
      await rename(this.#part, this.#target);
    }
  }
}

const stateText = (state: PartState): string => `${JSON.stringify(state)}\n`;

/** Says whose the part is, before there is one. */
async function createState(name: string, path: string, state: PartState): Promise<void> {
  try {
    await writeFile(path, stateText(state), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (hasCode(error, "EEXIST")) throw exists(name);
    await rm(path, { force: true });
    throw systemRefusal(name, error);
  }
}

/** In one step: a crash leaves the old one or the new one. */
async function replaceState(path: string, state: PartState): Promise<void> {
  const temporary = join(dirname(path), `.bowline-${randomBytes(8).toString("hex")}.tmp`);
  try {
    await writeFile(temporary, stateText(state), { flag: "wx", mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function stateOf(path: string): Promise<PartState | undefined> {
  try {
    const state = JSON.parse(await readFile(path, "utf8")) as Partial<PartState>;
    return typeof state.peer === "string" && typeof state.size === "number"
      ? { peer: state.peer, size: state.size }
      : undefined;
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}

function exists(name: string): CommandError {
  return refused("exists", `${name} is there already: send it under another name, or receive with --force`);
}

/** A refusal of a file that the sender is told, too. `reason`: a short name. */
export function refused(reason: string, message: string, cause?: unknown): CommandError {
  return new CommandError(reason, exitCode.transfer, message, { cause });
}

/** What the system said, for both ends. */
export function systemRefusal(name: string, error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const why =
    code === "ENOSPC" ? "the disk is full" : code === "ELOOP" ? "its part is a symbolic link" : code;
  return refused("failed", `${name} can't be written (${why ?? "no system code"})`, error);
}
