import { concat } from "./concat.js";

/** Builds a byte string field by field; numbers are big-endian. */
export class Writer {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    this.#parts.push(Uint8Array.of(value));
    return this;
  }

  u16(value: number): this {
    this.#parts.push(Uint8Array.of(value >>> 8, value));
    return this;
  }

  u32(value: number): this {
    this.#parts.push(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
    return this;
  }

  u64(value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value);
    this.#parts.push(bytes);
    return this;
  }

  /** Appends `bytes` without a length. They are read when `finish` is called. */
  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  /** All fields in one array that the caller owns. */
  finish(): Uint8Array {
    return concat(...this.#parts);
  }
}
