import { kernelModule } from "#kernel-module";
import { readU32LittleEndian } from "../bytes/index.js";
import { nonceLength, recordOverhead } from "./aead.js";
import { KeySlots } from "./key-slots.js";
import { webAssembly, type WasmModule } from "./web-assembly.js";

/** What kernel/assembly/index.ts exports. Addresses and lengths in bytes. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  seal(
    slot: number,
    nonce0: number,
    nonce1: number,
    nonce2: number,
    associatedDataLength: number,
    length: number,
  ): void;
  open(slot: number, associatedDataLength: number, length: number): number;
  wipe(length: number): void;
  start(slot: number, nonce0: number, nonce1: number, nonce2: number): void;
  authenticate(length: number): void;
  cipher(slot: number, counter: number, nonce0: number, nonce1: number, nonce2: number, length: number): void;
  finishSealing(associatedDataLength: number, length: number): void;
  finishOpening(associatedDataLength: number, length: number): number;
  hash(length: number): void;
  hmac(keyLength: number, length: number): void;
  hkdf(saltLength: number, materialLength: number, infoLength: number, length: number): void;
  readonly associatedData: { readonly value: number };
  readonly associatedDataSize: { readonly value: number };
  readonly nonce: { readonly value: number };
  readonly text: { readonly value: number };
  readonly textSize: { readonly value: number };
  readonly messageSize: { readonly value: number };
  readonly hashKey: { readonly value: number };
  readonly info: { readonly value: number };
  readonly infoSize: { readonly value: number };
  readonly slots: { readonly value: number };
}

/** An instance of the kernel: its memory with the keys in it, and the one record that is at work. */
export class Kernel {
  readonly functions: KernelExports;
  readonly keys: KeySlots;
  /** The longest associated data and the longest text, in bytes, that are handed over whole. */
  readonly associatedDataSize: number;
  readonly textSize: number;
  readonly #associatedData: number;
  readonly #nonce: number;
  readonly #text: number;
  #memory: Uint8Array;
  /** Views of the last lengths that were asked for: traffic has few. */
  #record: Uint8Array;
  #view: Uint8Array;

  constructor(functions: KernelExports) {
    this.functions = functions;
    this.associatedDataSize = functions.associatedDataSize.value;
    this.textSize = functions.textSize.value;
    this.#associatedData = functions.associatedData.value;
    this.#nonce = functions.nonce.value;
    this.#text = functions.text.value;
    this.#memory = new Uint8Array(functions.memory.buffer);
    this.#record = this.#memory.subarray(0, 0);
    this.#view = this.#record;
    this.keys = new KeySlots(functions.memory, functions.slots.value);
  }

  /** The memory as it is now. Growth detaches what was there before. */
  get memory(): Uint8Array {
    if (this.#memory.length === 0) {
      this.#memory = new Uint8Array(this.functions.memory.buffer);
      this.#record = this.#memory.subarray(0, 0);
      this.#view = this.#record;
    }
    return this.#memory;
  }

  /** Seals `plaintext` under the nonce (12 bytes) at `offset` of `from`. `record` gives what comes out, before anything else is called. */
  seal(
    slot: number,
    from: Uint8Array,
    offset: number,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): void {
    const memory = this.memory;
    if (associatedData.length > 0) memory.set(associatedData, this.#associatedData);
    memory.set(plaintext, this.#text);
    this.functions.seal(
      slot,
      readU32LittleEndian(from, offset),
      readU32LittleEndian(from, offset + 4),
      readU32LittleEndian(from, offset + 8),
      associatedData.length,
      plaintext.length,
    );
  }

  /** The record that was sealed, with `length` bytes of text: nonce | tag | ciphertext. A view. */
  record(length: number): Uint8Array {
    const memory = this.memory;
    if (this.#record.length !== recordOverhead + length)
      this.#record = memory.subarray(this.#nonce, this.#text + length);
    return this.#record;
  }

  /** Puts the parts of a record where `open` finds it. */
  place(nonce: Uint8Array, tag: Uint8Array, ciphertext: Uint8Array): void {
    const memory = this.memory;
    memory.set(nonce, this.#nonce);
    memory.set(tag, this.#nonce + nonceLength);
    memory.set(ciphertext, this.#text);
  }

  /** Puts a record, nonce | tag | ciphertext, where `open` finds it. */
  placeRecord(record: Uint8Array): void {
    this.memory.set(record, this.#nonce);
  }

  /** Opens the record that was placed, with `length` bytes of text, into `plaintext`, once the tag holds; else writes nothing and returns false. */
  open(slot: number, associatedData: Uint8Array, plaintext: Uint8Array, length: number): boolean {
    const memory = this.memory;
    if (associatedData.length > 0) memory.set(associatedData, this.#associatedData);
    if (this.functions.open(slot, associatedData.length, length) === 0) return false;
    plaintext.set(this.text(length));
    this.functions.wipe(length);
    return true;
  }

  /** The tag of a record that was sealed, or of one that is to be opened: a view, 16 bytes. */
  get tag(): Uint8Array {
    return this.memory.subarray(this.#nonce + nonceLength, this.#text);
  }

  /** The first `length` bytes of the text: a view. */
  text(length: number): Uint8Array {
    const memory = this.memory;
    if (this.#view.length !== length) this.#view = memory.subarray(this.#text, this.#text + length);
    return this.#view;
  }
}

/** An instance of `module`. */
export function instantiate(module: WasmModule): Kernel | undefined {
  const api = webAssembly();
  return api && new Kernel(new api.Instance(module).exports as KernelExports);
}

let shared: Kernel | undefined;
let refused = false;

/** The one kernel of this realm; undefined where there is no WebAssembly, no SIMD in it, or no permission to compile. */
export function sharedKernel(): Kernel | undefined {
  if (shared !== undefined || refused) return shared;
  try {
    const module = kernelModule();
    shared = module && instantiate(module);
  } catch {
    // The runtime has said no: what has been there all along serves.
  }
  refused = shared === undefined;
  return shared;
}
