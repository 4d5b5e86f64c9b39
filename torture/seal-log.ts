import { createHmac } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { AeadKey, CryptoProvider } from "../src/crypto/index.js";
import { DigestTable } from "../sim/digest-table.js";

const entryLength = 16;

/** What goes under the AEAD interface of one process, appended to a file before anything is sealed: a digest of key and nonce, and one of the rest. */
export class SealLog {
  readonly #file: number;
  readonly #key: Uint8Array;

  constructor(path: string, key: Uint8Array) {
    this.#file = openSync(path, "a");
    this.#key = key;
  }

  /** `base` with its AEAD under watch. */
  provider(base: CryptoProvider): CryptoProvider {
    return {
      ...base,
      aead: { name: base.aead.name, key: bytes => this.#watch(bytes, base.aead.key(bytes)) },
    };
  }

  #watch(bytes: Uint8Array, inner: AeadKey): AeadKey {
    const keyDigest = this.#digest(bytes);
    return {
      seal: (nonce, associatedData, plaintext, ciphertext, tag) => {
        const place = this.#digest(keyDigest, nonce).subarray(0, entryLength / 2);
        const length = Buffer.alloc(8);
        length.writeBigUInt64LE(BigInt(associatedData.length));
        const content = this.#digest(length, associatedData, plaintext).subarray(0, entryLength / 2);
        writeSync(this.#file, Buffer.concat([place, content]));
        inner.seal(nonce, associatedData, plaintext, ciphertext, tag);
      },
      open: (...all) => inner.open(...all),
      dispose: () => inner.dispose(),
    };
  }

  #digest(...parts: readonly Uint8Array[]): Buffer {
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
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
