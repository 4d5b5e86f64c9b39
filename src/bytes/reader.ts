import { SessionError, type ErrorCode } from "../errors/index.js";

/** Reads fields from the front of untrusted bytes. Every read past the end throws the code given at construction. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #code: ErrorCode;
  readonly #what: string;
  #offset = 0;

  /** `what` names the structure in messages; `code` is thrown when it is cut short or has bytes left over. */
  constructor(bytes: Uint8Array, code: ErrorCode, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#code = code;
    this.#what = what;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  /** Two bytes, big-endian. */
  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  /** Four bytes, big-endian. */
  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** Eight bytes, big-endian. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A copy of the next `length` bytes, the caller's. */
  copy(length: number): Uint8Array {
    // Not `slice`, which a Buffer answers with a view.
    return new Uint8Array(this.bytes(length));
  }

  /** A view of all that is left, possibly empty. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** Throws unless everything has been read. */
  end(): void {
    if (this.remaining !== 0) this.fail(`has ${this.remaining} bytes too many`);
  }

  /** Throws the reader's code; `why` completes "The <what> ...". */
  fail(why: string): never {
    throw new SessionError(this.#code, `The ${this.#what} ${why}.`);
  }

  #advance(length: number): number {
    if (length > this.remaining) {
      this.fail(`is cut short: ${length} bytes needed at offset ${this.#offset}, ${this.remaining} left`);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
