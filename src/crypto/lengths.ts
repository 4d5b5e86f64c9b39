import type { RandomSource } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";

/** Throws unless `bytes` is `length` bytes long. @throws invalid-argument */
export function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) {
    throw new SessionError("invalid-argument", `The ${what} must be ${length} bytes, not ${bytes.length}.`);
  }
}

/** `length` bytes from `random`, owned by the caller. @throws invalid-argument where the source gives another number */
export function drawRandom(random: RandomSource, length: number): Uint8Array {
  const bytes = random(length);
  requireLength(bytes, length, "output of the random source");
  return bytes;
}
