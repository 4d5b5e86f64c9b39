import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { CryptoProvider } from "../src/crypto/index.js";
import { DigestTable } from "../sim/digest-table.js";
import { watchSeals } from "./watched-seals.js";

const entryLength = 16;

/** What goes under the AEAD interface of one process, appended to a file before anything is sealed: half of it says key and nonce, half the rest. */
export class SealLog {
  readonly #file: number;
  readonly #key: Uint8Array;

  constructor(path: string, key: Uint8Array) {
    this.#file = openSync(path, "a");
    this.#key = key;
  }

  /** `base` with its AEAD under watch. */
  provider(base: CryptoProvider): CryptoProvider {
    return watchSeals(base, this.#key, (place, content) => {
      const halves = [place, content].map(digest => digest.subarray(0, entryLength / 2));
      writeSync(this.#file, Buffer.concat(halves));
    });
  }
}

/** Reads what processes have logged, and counts (key, nonce) pairs that were used for different contents. */
export class SealReader {
  readonly #table = new DigestTable();
  readonly #files: { readonly file: number; offset: number }[] = [];
  seals = 0;
  repeats = 0;

  add(path: string): void {
    this.#files.push({ file: openSync(path, "a+"), offset: 0 });
  }

  /** Reads on from where the last call ended. */
  read(): void {
    const buffer = Buffer.alloc(65_536 * entryLength);
    for (const log of this.#files) {
      for (;;) {
        const length = readSync(log.file, buffer, 0, buffer.length, log.offset);
        const whole = length - (length % entryLength);
        if (whole === 0) break;
        for (let at = 0; at < whole; at += entryLength) this.#enter(buffer, at);
        log.offset += whole;
      }
    }
  }

  close(): void {
    for (const { file } of this.#files) closeSync(file);
  }

  #enter(buffer: Buffer, at: number): void {
    this.seals++;
    const [placeHigh, placeLow] = [buffer.readUInt32LE(at), buffer.readUInt32LE(at + 4)];
    const [high, low] = [buffer.readUInt32LE(at + 8), buffer.readUInt32LE(at + 12)];
    if (this.#table.enter(placeHigh, placeLow, high, low) === "other") this.repeats++;
  }
}
