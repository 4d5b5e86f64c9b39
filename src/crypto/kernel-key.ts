import { SessionError } from "../errors/index.js";
import {
  checkParts,
  checkRoom,
  openRecordWith,
  sealRecordWith,
  textLengthOf,
  type AeadCipher,
} from "./aead.js";
import type { Kernel } from "./kernel.js";
import type { AeadKey } from "./provider.js";

/** What becomes of texts that the kernel does not take whole. */
export interface LongTexts {
  /** The most bytes of a text that the kernel gets, at most its `textSize`. */
  readonly longest: number;
  /** For what is longer. Keys are slots. */
  readonly cipher: AeadCipher<number>;
}

/** A key that lies in the memory of the kernel. */
export class KernelKey implements AeadKey {
  readonly #kernel: Kernel;
  readonly #long: LongTexts;
  /** Undefined once disposed. */
  #slot: number | undefined;

  /** Takes over the key at `slot`. */
  constructor(kernel: Kernel, slot: number, long: LongTexts) {
    this.#kernel = kernel;
    this.#slot = slot;
    this.#long = long;
  }

  seal(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void {
    const slot = this.#usableSlot();
    checkParts(nonce, tag, plaintext, ciphertext);
    if (this.#isLong(associatedData, plaintext.length)) {
      this.#long.cipher.seal(slot, nonce, associatedData, plaintext, ciphertext, tag);
      return;
    }
    const kernel = this.#kernel;
    kernel.seal(slot, nonce, 0, associatedData, plaintext);
    ciphertext.set(kernel.text(plaintext.length));
    tag.set(kernel.tag);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    plaintext: Uint8Array,
  ): boolean {
    const slot = this.#usableSlot();
    checkParts(nonce, tag, ciphertext, plaintext);
    if (this.#isLong(associatedData, plaintext.length))
      return this.#long.cipher.open(slot, nonce, associatedData, ciphertext, tag, plaintext) !== undefined;
    this.#kernel.place(nonce, tag, ciphertext);
    return this.#kernel.open(slot, associatedData, plaintext, plaintext.length);
  }

  sealRecord(associatedData: Uint8Array, plaintext: Uint8Array, output: Uint8Array, offset: number): void {
    const slot = this.#usableSlot();
    checkRoom(plaintext, output, offset);
    if (this.#isLong(associatedData, plaintext.length)) {
      sealRecordWith(this.#long.cipher, slot, associatedData, plaintext, output, offset);
      return;
    }
    this.#kernel.seal(slot, output, offset, associatedData, plaintext);
    output.set(this.#kernel.record(plaintext.length), offset);
  }

  openRecord(record: Uint8Array, associatedData: Uint8Array, output?: Uint8Array): Uint8Array | undefined {
    const slot = this.#usableSlot();
    const length = textLengthOf(record, output);
    if (this.#isLong(associatedData, length))
      return openRecordWith(this.#long.cipher, slot, record, associatedData, output);
    this.#kernel.placeRecord(record);
    const plaintext = output ?? new Uint8Array(length);
    return this.#kernel.open(slot, associatedData, plaintext, length) ? plaintext : undefined;
  }

  dispose(): void {
    if (this.#slot !== undefined) this.#kernel.keys.erase(this.#slot);
    this.#slot = undefined;
  }

  #isLong(associatedData: Uint8Array, length: number): boolean {
    return length > this.#long.longest || associatedData.length > this.#kernel.associatedDataSize;
  }

  #usableSlot(): number {
    if (this.#slot !== undefined) return this.#slot;
    throw new SessionError(
      "secret-disposed",
      "This key has been erased: make a new one, or use it before it is disposed.",
    );
  }
}
