import type { ByteStream } from "../../index.js";
import { exitCode } from "../exit-codes.js";
import { CommandError, oneLine } from "../failure.js";

/** The label of a stream that carries a file. */
export const transferLabel = "bowline-file/1";

/** What the sender says first. */
export interface Offer {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** The receiver's answers. */
export type Answer =
  /** It has `offset` bytes, of this digest (SHA-256, hexadecimal). */
  | { readonly status: "ready"; readonly offset: number; readonly sha256: string }
  | { readonly status: "done"; readonly sha256: string }
  | { readonly status: "refused"; readonly code: string; readonly message: string };

/** From where the sender sends: what the receiver has, if it is the same, else 0. The bytes follow. */
export interface Start {
  readonly from: number;
}

/** What the sender says behind the bytes: the digest of the whole file. */
export interface Finish {
  readonly sha256: string;
}

const longestNote = 65_536;

/** One end's side of a transfer: notes (JSON, 4 bytes of length before it, big endian) and bytes between them. */
export class TransferStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: ByteStream) {
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
  }

  async writeNote(note: Offer | Answer | Start | Finish): Promise<void> {
    const text = Buffer.from(JSON.stringify(note));
    const bytes = Buffer.alloc(4 + text.length);
    bytes.writeUInt32BE(text.length);
    text.copy(bytes, 4);
    await this.#writer.write(bytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes);
  }

  async end(): Promise<void> {
    await this.#writer.close();
  }

  /** The next note. Its fields are the peer's word: whoever uses one checks it. */
  async readNote(): Promise<Readonly<Record<string, unknown>>> {
    const length = Buffer.from(await this.#exactly(4)).readUInt32BE();
    if (length > longestNote) throw malformed(`a note of ${length} bytes`);
    let note: unknown;
    try {
      note = JSON.parse(Buffer.from(await this.#exactly(length)).toString("utf8"));
    } catch (error) {
      if (error instanceof SyntaxError) throw malformed("a note that is no JSON");
      throw error;
    }
    if (typeof note !== "object" || note === null) throw malformed("a note that is no object");
    return note as Readonly<Record<string, unknown>>;
  }

  /** The next bytes, `most` at most, 1 at least. */
  async read(most: number): Promise<Uint8Array> {
    if (this.#rest.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) throw malformed("an end in the middle");
      this.#rest = value;
    }
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  async #exactly(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const part = await this.read(count - at);
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** The peer does not keep to the protocol of transfers. */
export function malformed(what: string): CommandError {
  return new CommandError(
    "transfer-malformed",
    exitCode.transfer,
    `The far end sent ${what}: it is no bowline of this version. Use the same version at both ends.`,
  );
}

/** The error of a receiver's refusal. */
export function refusalOf(note: Readonly<Record<string, unknown>>, file: string): CommandError | undefined {
  if (note["status"] !== "refused") return undefined;
  const code = String(note["code"])
    .replace(/[^a-z-]/g, "")
    .slice(0, 40);
  return new CommandError(
    `transfer-${code}`,
    exitCode.transfer,
    `The far end does not take ${file}: ${oneLine(String(note["message"])).slice(0, 300)}`,
  );
}
