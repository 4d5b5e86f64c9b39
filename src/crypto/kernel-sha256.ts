import type { Kernel } from "./kernel.js";

/** Length of a digest in bytes. */
export const digestLength = 32;
/** Length of an input block, and of the longest key of HMAC that the kernel takes, in bytes. */
export const blockLength = 64;
/** The longest output of HKDF, in bytes. */
const longestOutput = 255 * digestLength;

/** SHA-256, HMAC and HKDF over it by the kernel. What was hashed is no longer in its memory afterwards, nor is what came of it. */
export class KernelSha256 {
  /** The longest message, in bytes. */
  readonly messageSize: number;
  readonly #kernel: Kernel;
  readonly #text: number;
  readonly #key: number;
  readonly #info: number;
  readonly #infoSize: number;

  constructor(kernel: Kernel) {
    const { functions } = kernel;
    this.#kernel = kernel;
    this.messageSize = functions.messageSize.value;
    this.#text = functions.text.value;
    this.#key = functions.hashKey.value;
    this.#info = functions.info.value;
    this.#infoSize = functions.infoSize.value;
  }

  /** The digest of `parts`, together at most `messageSize` bytes. */
  hash(parts: readonly Uint8Array[]): Uint8Array {
    this.#kernel.functions.hash(this.#place(parts));
    return this.#take(digestLength);
  }

  /** HMAC of `parts`, together at most `messageSize` bytes, under `key`, 0 to 64 bytes. */
  hmac(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
    this.#kernel.memory.set(key, this.#key);
    this.#kernel.functions.hmac(key.length, this.#place(parts));
    return this.#take(digestLength);
  }

  /** Whether `hkdf` takes these: a salt of 0 to 64 bytes, not too long an info, an output of 1 to 8160 bytes. */
  takes(salt: Uint8Array, info: Uint8Array, length: number): boolean {
    const lengthHolds = Number.isInteger(length) && length >= 1 && length <= longestOutput;
    return lengthHolds && salt.length <= blockLength && info.length <= this.#infoSize;
  }

  /** HKDF of what it `takes`, and of `inputKeyMaterial`, at most `messageSize` bytes. */
  hkdf(inputKeyMaterial: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    const { memory, functions } = this.#kernel;
    memory.set(salt, this.#key);
    memory.set(inputKeyMaterial, this.#text);
    memory.set(info, this.#info);
    functions.hkdf(salt.length, inputKeyMaterial.length, info.length, length);
    return this.#take(length);
  }

  /** Puts `parts` where the kernel hashes them; returns how many bytes they are. */
  #place(parts: readonly Uint8Array[]): number {
    const { memory } = this.#kernel;
    let at = this.#text;
    for (const part of parts) {
      memory.set(part, at);
      at += part.length;
    }
    return at - this.#text;
  }

  #take(length: number): Uint8Array {
    const { memory, functions } = this.#kernel;
    const output = memory.slice(this.#text, this.#text + length);
    functions.wipe(length);
    return output;
  }
}
