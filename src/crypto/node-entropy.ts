import { closeSync, openSync, readSync } from "node:fs";

const entropyLength = 32;

/**
 * 32 bytes from the kernel. The generator of `node:crypto` stands in the memory of the process, and a copy of that memory goes on with the same bytes; the
 * kernel's learns that it was copied where the virtual machine has a generation id that it knows, and as soon as it is told. Undefined where the system has no `/dev/urandom`.
 */
export function nodeEntropy(): Uint8Array | undefined {
  const bytes = new Uint8Array(entropyLength);
  let file: number | undefined;
  try {
    file = openSync("/dev/urandom", "r");
    return readSync(file, bytes) === entropyLength ? bytes : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
