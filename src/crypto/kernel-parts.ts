import { readU32LittleEndian } from "../bytes/index.js";
import type { AeadCipher } from "./aead.js";
import type { Kernel } from "./kernel.js";

const blockLength = 64;

/** ChaCha20-Poly1305 by the kernel of what is longer than its buffers: by parts, in two passes where it opens. Keys are slots. */
export class PartsCipher implements AeadCipher<number> {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  seal(
    slot: number,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
  ): void {
    const { functions } = this.#kernel;
    this.#start(slot, nonce, associatedData);
    this.#cipher(slot, nonce, plaintext, ciphertext, length => functions.authenticate(length));
    functions.finishSealing(associatedData.length, plaintext.length);
    tag.set(this.#kernel.tag);
  }

  open(
    slot: number,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    output = new Uint8Array(ciphertext.length),
  ): Uint8Array | undefined {
    const { functions } = this.#kernel;
    this.#start(slot, nonce, associatedData);
    this.#authenticate(ciphertext);
    this.#kernel.tag.set(tag);
    if (functions.finishOpening(associatedData.length, ciphertext.length) === 0) return undefined;
    this.#cipher(slot, nonce, ciphertext, output, length => functions.wipe(length));
    return output;
  }

  #start(slot: number, nonce: Uint8Array, associatedData: Uint8Array): void {
    const words = [0, 4, 8].map(offset => readU32LittleEndian(nonce, offset)) as [number, number, number];
    this.#kernel.functions.start(slot, ...words);
    this.#authenticate(associatedData);
  }

  #authenticate(bytes: Uint8Array): void {
    const { functions, textSize } = this.#kernel;
    for (let at = 0; at < bytes.length; at += textSize) {
      const part = bytes.subarray(at, at + textSize);
      this.#kernel.text(part.length).set(part);
      functions.authenticate(part.length);
    }
  }

  /** Encrypts or decrypts; `then` is called with the length of each part that has been, while it is in the kernel's memory. */
  #cipher(
    slot: number,
    nonce: Uint8Array,
    from: Uint8Array,
    to: Uint8Array,
    then: (length: number) => void,
  ): void {
    const { functions, textSize } = this.#kernel;
    const words = [0, 4, 8].map(offset => readU32LittleEndian(nonce, offset)) as [number, number, number];
    for (let at = 0; at < from.length; at += textSize) {
      const part = from.subarray(at, at + textSize);
      const text = this.#kernel.text(part.length);
      text.set(part);
      functions.cipher(slot, 1 + at / blockLength, ...words, part.length);
      to.set(text, at);
      then(part.length);
    }
  }
}
