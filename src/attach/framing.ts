import { concat } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";

/** Bytes before each frame on a byte stream: the frame's length, u32 big-endian. */
export const frameHeaderLength = 4;

/** Bytes accepted in one frame until the owner says otherwise: the longest record, and room for its frame header. */
export const defaultMaxFrameLength = 1_048_640;
/** The longest frame, in bytes, before a handshake is over: message 1 of a hybrid suite has 1,300 with its offer. */
export const maxHandshakeFrameLength = 4_096;

const longestFrame = 0xffff_ffff;

/** Blocks below this many bytes are merged: a peer that sends byte by byte shall not cost an object for each byte. */
const smallBlock = 1024;
/** Views of so many bytes, which are most of their memory, are not worth a copy. */
const largeView = 16_384;

/**
 * The 4 bytes that announce a frame of `length` bytes (1 to 4,294,967,295).
 *
 * @throws invalid-argument
 */
export function frameHeader(length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > longestFrame) {
    throw new SessionError(
      "invalid-argument",
      `A frame has 1 to ${longestFrame} bytes; this one has ${length}.`,
    );
  }
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
}

/**
 * One frame as it stands on a byte stream: its length, then its bytes, copied.
 *
 * @throws invalid-argument where `frame` is empty
 */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  return concat(frameHeader(frame.length), frame);
}

/**
 * `length`, a limit for frames in bytes.
 *
 * @throws invalid-argument unless it is a whole number, 1 or more
 */
export function checkedMaxFrameLength(length: number): number {
  if (Number.isInteger(length) && length >= 1) return length;
  throw new SessionError(
    "invalid-argument",
    `The longest frame is a whole number of bytes, 1 or more, not ${length}.`,
  );
}

/**
 * Cuts a byte stream into frames, however the stream was chunked. What it keeps of a frame that is not yet whole is what has
 * arrived, never what was announced.
 */
export class Deframer {
  #blocks: Uint8Array[] = [];
  /** Bytes of the first block that have been read. */
  #offset = 0;
  /** Bytes that have not been read, in all blocks. */
  #unread = 0;
  #maxFrameLength = defaultMaxFrameLength;
  #failure: SessionError | undefined;

  /** Bytes of memory that hold what has arrived and was not yet read: no more than that, but for a third of what is large. */
  get held(): number {
    return this.#blocks.reduce((sum, block) => sum + block.buffer.byteLength, 0);
  }

  /** The longest frame, in bytes, that `next` accepts; also for frames that have begun to arrive. @throws invalid-argument */
  setMaxFrameLength(length: number): void {
    this.#maxFrameLength = checkedMaxFrameLength(length);
  }

  /** Appends what the stream brought. `chunk` is the deframer's from now on. Call `next` until it has no more. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#failure !== undefined) return;
    // A plain view: the chunk may be of a subclass whose `slice` does not copy.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#unread += bytes.length;
    const last = this.#blocks.length - 1;
    const tail = this.#blocks[last];
    if (tail !== undefined && tail.length < smallBlock && bytes.length < smallBlock) {
      this.#blocks[last] = concat(tail, bytes);
    } else {
      this.#blocks.push(bytes);
    }
  }

  /**
   * The next whole frame, in an array of its own that the caller owns; undefined where it has not all arrived.
   *
   * @throws frame-too-long, frame-malformed: as soon as the length is known; nothing is kept and nothing can be read any more
   */
  next(): Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#unread < frameHeaderLength) return this.#settle();
    const length = this.#announcedLength();
    if (length === 0) this.#fail("frame-malformed", "The far end announced a frame of 0 bytes.");
    if (length > this.#maxFrameLength) {
      const limit = `at most ${this.#maxFrameLength} are accepted`;
      this.#fail("frame-too-long", `The far end announced a frame of ${length} bytes; ${limit}.`);
    }
    if (this.#unread < frameHeaderLength + length) return this.#settle();
    this.#skip(frameHeaderLength);
    return this.#take(length);
  }

  #announcedLength(): number {
    let length = 0;
    let block = 0;
    let at = this.#offset;
    for (let i = 0; i < frameHeaderLength; i++) {
      while (at === this.#blocks[block]!.length) {
        block++;
        at = 0;
      }
      length = length * 256 + this.#blocks[block]![at++]!;
    }
    return length;
  }

  #take(length: number): Uint8Array {
    const first = this.#blocks[0]!;
    const end = this.#offset + length;
    if (end <= first.length) {
      const frame = first.slice(this.#offset, end);
      this.#skip(length);
      return frame;
    }
    const frame = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const part = this.#blocks[0]!.subarray(this.#offset, this.#offset + length - filled);
      frame.set(part, filled);
      filled += part.length;
      this.#skip(part.length);
    }
    return frame;
  }

  #skip(length: number): void {
    this.#unread -= length;
    this.#offset += length;
    while (this.#blocks.length > 0 && this.#offset >= this.#blocks[0]!.length) {
      this.#offset -= this.#blocks.shift()!.length;
    }
  }

  /** Lets go of memory that was read already: a view of one byte would keep its whole chunk. */
  #settle(): undefined {
    const last = this.#blocks.length - 1;
    if (last < 0) return;
    if (this.#offset > 0) this.#blocks[0] = this.#blocks[0]!.subarray(this.#offset);
    this.#offset = 0;
    this.#blocks[0] = compact(this.#blocks[0]!);
    this.#blocks[last] = compact(this.#blocks[last]!);
  }

  #fail(code: "frame-malformed" | "frame-too-long", message: string): never {
    this.#failure = new SessionError(code, message);
    this.#blocks = [];
    this.#offset = this.#unread = 0;
    throw this.#failure;
  }
}

/** `view`, in memory that is not much larger. */
function compact(view: Uint8Array): Uint8Array {
  const memory = view.buffer.byteLength;
  const filled = view.length === memory || (view.length >= largeView && 4 * view.length >= 3 * memory);
  return filled ? view : view.slice();
}
