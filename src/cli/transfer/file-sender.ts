import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import type { Session } from "../../index.js";
import { exitCode } from "../exit-codes.js";
import { CommandError } from "../failure.js";
import { streamFailure } from "../stream-codes.js";
import { chunkLength, digestOfBeginning, hexOf } from "./file-digest.js";
import type { Progress } from "./progress.js";
import { malformed, refusalOf, TransferStream, transferLabel } from "./transfer-protocol.js";

/** What was sent. */
export interface SentFile {
  readonly name: string;
  /** Bytes of the file, and those that the far end had before. */
  readonly bytes: number;
  readonly resumedAt: number;
  readonly sha256: string;
  readonly seconds: number;
}

/** Opens a file to be sent. @throws CommandError where it can't be */
export async function openToSend(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? "no system code";
    throw unreadable(path, `can't be read (${code}): check the path and its rights`, cause);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw unreadable(path, "is no regular file: pack a folder first (tar), or pipe it through bowline connect");
}

/**
 * Sends one file, from where the far end has it. Resolves when the far end has all of it, checked and durable. `onMove` is called
 * whenever bytes have gone out. It is given up when `signal` aborts.
 */
export async function sendFile(
  session: Session,
  path: string,
  progress: Progress,
  onMove: () => void,
  signal: AbortSignal,
): Promise<SentFile> {
  const file = await openToSend(path);
  const stream = session.openStream({ label: transferLabel });
  const stop = (): void => stream.reset();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await offer(file, path, new TransferStream(stream), progress, onMove);
  } catch (error) {
    stream.reset();
    throw streamFailure(error, stream);
  } finally {
    signal.removeEventListener("abort", stop);
    await file.close();
  }
}

async function offer(
  file: FileHandle,
  path: string,
  transfer: TransferStream,
  progress: Progress,
  onMove: () => void,
): Promise<SentFile> {
  const name = basename(path);
  const { size } = await file.stat();
  await transfer.writeNote({ name, size });
  const ready = await transfer.readNote();
  const refusal = refusalOf(ready, path);
  if (refusal !== undefined) throw refusal;
  const { status, offset, sha256: theirs } = ready;
  if (status !== "ready" || !Number.isSafeInteger(offset) || Number(offset) < 0) {
    throw malformed("an answer that is none");
  }
  const beginning = await digestOfBeginning(file, Math.min(Number(offset), size));
  const isSame = beginning.length === offset && hexOf(beginning.hash) === theirs;
  const from = isSame ? beginning.length : 0;
  const { hash } = isSame ? beginning : await digestOfBeginning(file, 0);
  await transfer.writeNote({ from });
  const bar = progress.begin(name, from, size);
  try {
    for (let at = from; at < size;) {
      // The stream holds the bytes until they are out: each chunk has a buffer of its own.
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkLength, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw unreadable(path, "became shorter while it was sent: send it again");
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await transfer.write(chunk);
      at += bytesRead;
      bar.update(at);
      onMove();
    }
    const sha256 = hexOf(hash);
    await transfer.writeNote({ sha256 });
    const done = await transfer.readNote();
    const failure = refusalOf(done, path);
    if (failure !== undefined) throw failure;
    if (done["status"] !== "done" || done["sha256"] !== sha256)
      throw malformed("another digest than was sent");
    await transfer.end();
    return { name, bytes: size, resumedAt: from, sha256, seconds: bar.seconds };
  } finally {
    bar.end();
  }
}

function unreadable(path: string, what: string, cause?: unknown): CommandError {
  return new CommandError("file-unreadable", exitCode.transfer, `${path} ${what}.`, { cause });
}
