import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

/** Bytes read at a time. */
export const chunkLength = 262_144;

/** SHA-256 of the first `length` bytes, ready to be carried on; fewer where the file is shorter. */
export async function digestOfBeginning(
  file: FileHandle,
  length: number,
): Promise<{ readonly hash: Hash; readonly length: number }> {
  const hash = createHash("sha256");
  const buffer = Buffer.alloc(chunkLength);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - at), at);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return { hash, length: at };
}

/** The digest so far, in hexadecimal; the hash can be carried on. */
export function hexOf(hash: Hash): string {
  return hash.copy().digest("hex");
}
