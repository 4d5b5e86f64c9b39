import type { FileHandle } from "node:fs/promises";
import type { Hash } from "node:crypto";
import type { ByteStream, PeerId } from "../../index.js";
import { CommandError } from "../failure.js";
import { digestOfBeginning, hexOf } from "./file-digest.js";
import { safeFileName } from "./file-name.js";
import { PartFile, refused, systemRefusal } from "./part-file.js";
import type { Progress } from "./progress.js";
import { malformed, TransferStream } from "./transfer-protocol.js";

/** What was received. */
export interface ReceivedFile {
  readonly name: string;
  readonly bytes: number;
  readonly resumedAt: number;
  readonly sha256: string;
  readonly seconds: number;
}

/** Takes files into one folder. */
export class FileReceiver {
  readonly #folder: string;
  readonly #force: boolean;
  readonly #progress: Progress;
  /** Transfers that are under way, by file name. */
  readonly #underWay = new Map<
    string,
    { readonly peer: PeerId; readonly stream: ByteStream; over: Promise<unknown> }
  >();

  constructor(folder: string, force: boolean, progress: Progress) {
    this.#folder = folder;
    this.#force = force;
    this.#progress = progress;
  }

  /** Whether a file is on its way. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Takes the file of one stream; what came of it is kept if it is cut. Throws what went wrong; the sender has been told. */
  async receive(stream: ByteStream, peer: PeerId): Promise<ReceivedFile> {
    const transfer = new TransferStream(stream);
    try {
      const { name: said, size } = await transfer.readNote();
      if (typeof said !== "string" || !Number.isSafeInteger(size) || Number(size) < 0)
        throw malformed("no offer");
      const name = safeFileName(said);
      await this.#supersede(name, peer);
      const receiving = this.#take(transfer, name, Number(size), peer);
      const entry = { peer, stream, over: receiving.catch(() => undefined) };
      this.#underWay.set(name, entry);
      try {
        return await receiving;
      } finally {
        if (this.#underWay.get(name) === entry) this.#underWay.delete(name);
      }
    } catch (error) {
      if (error instanceof CommandError) {
        const { code, message } = error;
        await transfer.writeNote({ status: "refused", code, message }).catch(() => undefined);
        await transfer.end().catch(() => undefined);
      } else stream.reset();
      throw error;
    }
  }

  /** A sender that comes back does not wait for its old session to be given up. */
  async #supersede(name: string, peer: PeerId): Promise<void> {
    for (let before = this.#underWay.get(name); before !== undefined; before = this.#underWay.get(name)) {
      if (before.peer !== peer) throw refused("busy", `another peer is sending ${name} at the moment`);
      before.stream.reset();
      await before.over;
      if (this.#underWay.get(name) === before) this.#underWay.delete(name);
    }
  }

  async #take(transfer: TransferStream, name: string, size: number, peer: PeerId): Promise<ReceivedFile> {
    const part = await PartFile.open(this.#folder, name, { peer, size }, this.#force);
    let isOpen = true;
    try {
      const has = await digestOfBeginning(part.handle, Math.min(await part.length(), size));
      await transfer.writeNote({ status: "ready", offset: has.length, sha256: hexOf(has.hash) });
      const { from } = await transfer.readNote();
      if (from !== has.length && from !== 0) throw malformed("a start that was not offered");
      const { hash } = from === 0 ? await digestOfBeginning(part.handle, 0) : has;
      await part.handle.truncate(from);
      const seconds = await this.#fill(transfer, part.handle, hash, name, from, size);
      const { sha256 } = await transfer.readNote();
      isOpen = false;
      if (sha256 !== hexOf(hash)) {
        await part.discard();
        throw refused("damaged", `${name} did not arrive as it was sent: SHA-256 differs. Send it again`);
      }
      await part.complete(name);
      await transfer.writeNote({ status: "done", sha256 });
      await transfer.end();
      return { name, bytes: size, resumedAt: from, sha256, seconds };
    } catch (error) {
      throw (error as NodeJS.ErrnoException).syscall === undefined ? error : systemRefusal(name, error);
    } finally {
      if (isOpen) await part.close();
    }
  }

  async #fill(
    transfer: TransferStream,
    file: FileHandle,
    hash: Hash,
    name: string,
    from: number,
    size: number,
  ): Promise<number> {
    const bar = this.#progress.begin(name, from, size);
    try {
      for (let at = from; at < size;) {
        const bytes = await transfer.read(size - at);
        hash.update(bytes);
        for (let written = 0; written < bytes.length;) {
          written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
        }
        at += bytes.length;
        bar.update(at);
      }
      return bar.seconds;
    } finally {
      bar.end();
    }
  }
}
