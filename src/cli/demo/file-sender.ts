import { createCipheriv, createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { Session } from "../../index.js";
import type { FileReceived, FileSent } from "./process-calls.js";

/** Bytes of the file in one record. */
const chunkLength = 65_536;
const blockLength = 1_048_576;

/** Writes a file of `bytes` bytes that look random and are the same each time: AES-256 in counter mode under a known key. */
export async function makeFile(path: string, bytes: number): Promise<void> {
  const key = createHash("sha256").update("bowline demo").digest();
  const stream = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  const zeros = new Uint8Array(Math.min(blockLength, bytes));
  const file = await open(path, "wx", 0o600);
  try {
    for (let left = bytes; left > 0; left -= zeros.length) {
      await file.writeFile(stream.update(zeros.subarray(0, left)));
    }
  } finally {
    await file.close();
  }
}

/**
 * Sends a file: its length, its bytes in records of 64 KiB, and takes two answers: that all has arrived, and the digest of what
 * the far end has written. Rotates the key when half of the file has gone.
 */
export async function sendFile(session: Session, path: string): Promise<FileSent> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const half = Math.floor(size / 2);
    const chunk = new Uint8Array(chunkLength);
    const begin = performance.now();
    await session.send(JSON.stringify({ bytes: size }));
    let sent = 0;
    let records = 0;
    let rotated = false;
    for (;;) {
      if (!rotated && sent >= half) {
        session.rotateKeys();
        rotated = true;
      }
      const { bytesRead } = await file.read(chunk, 0, chunkLength);
      if (bytesRead === 0) break;
      const part = chunk.subarray(0, bytesRead);
      hash.update(part);
      await session.send(part);
      sent += bytesRead;
      records++;
    }
    await answer(session);
    const duration = performance.now() - begin;
    const answered = JSON.parse(await answer(session)) as FileReceived;
    return { bytes: sent, sha256: hash.digest("hex"), answered, records, duration };
  } finally {
    await file.close();
  }
}

async function answer(session: Session): Promise<string> {
  const message = await session.receive();
  if (message === undefined) throw new Error("The listener closed the session before it had the file.");
  return message.text();
}
