import { fromUtf8, utf8 } from "../bytes/index.js";

/** One application message, as the peer sent it. */
export class Message {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** 1 to 1,048,576 bytes, the receiver's. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Its length and no more: what peers say to each other stands in no log. */
  toJSON(): { readonly length: number } {
    return { length: this.bytes.length };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Message { ${this.bytes.length} bytes }`;
  }

  /** The bytes as UTF-8. Throws TypeError where they are not. */
  text(): string {
    return fromUtf8(this.bytes);
  }
}

/** What `send` takes: bytes as they are, text as UTF-8. */
export type MessageData = string | Uint8Array;

export function messageBytes(data: MessageData): Uint8Array {
  return typeof data === "string" ? utf8(data) : data;
}
