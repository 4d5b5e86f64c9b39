import { fromUtf8, readU32LittleEndian, utf8, writeU32LittleEndian } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { maxDataPerFrame, maxLabelLength } from "./stream-limits.js";

/** The first byte of a stream frame. */
export const streamFrameKind = { open: 1, data: 2, end: 3, reset: 4, stop: 5, credit: 6 } as const;
export type StreamFrameKind = keyof typeof streamFrameKind;

/** What a stream is opened for: bytes as the application likes, or one request and its reply. */
export const streamPurpose = { stream: 0, request: 1 } as const;
export type StreamPurpose = keyof typeof streamPurpose;

/** Why an end gives up. Applications use codes from 256 on. */
export const streamCode = { cancelled: 0, refused: 1, protocol: 2, timeout: 3, application: 256 } as const;

/** Kind and stream id. */
export const streamHeaderLength = 5;

/** One frame of the multiplexer, read. */
export type StreamFrame = { readonly id: number } & (
  | { readonly kind: "open"; readonly purpose: StreamPurpose; readonly label: string }
  /** A view of the frame. */
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "reset" | "stop"; readonly code: number }
  | { readonly kind: "credit"; readonly bytes: number }
);

/**
 * Reads one stream frame, the plaintext of a sealed one. The data of a data frame is a view.
 *
 * @throws stream-malformed
 * @see PROTOCOL, section 17
 */
export function decodeStreamFrame(frame: Uint8Array): StreamFrame {
  if (frame.length < streamHeaderLength)
    throw malformed(`A stream frame of ${frame.length} bytes is too short.`);
  const id = readU32LittleEndian(frame, 1);
  const bodyLength = frame.length - streamHeaderLength;
  switch (frame[0]) {
    case streamFrameKind.open:
      return { kind: "open", id, ...decodeOpen(frame) };
    case streamFrameKind.data:
      checkBody("data", bodyLength >= 1 && bodyLength <= maxDataPerFrame, bodyLength);
      return { kind: "data", id, bytes: frame.subarray(streamHeaderLength) };
    case streamFrameKind.end:
      checkBody("end", bodyLength === 0, bodyLength);
      return { kind: "end", id };
    case streamFrameKind.reset:
      return { kind: "reset", id, code: decodeNumber("reset", frame) };
    case streamFrameKind.stop:
      return { kind: "stop", id, code: decodeNumber("stop", frame) };
    case streamFrameKind.credit: {
      const bytes = decodeNumber("credit", frame);
      if (bytes === 0) throw malformed("A credit frame grants nothing.");
      return { kind: "credit", id, bytes };
    }
    default:
      throw malformed(`${frame[0]} is no kind of a stream frame.`);
  }
}

/** A frame that opens stream `id`. `label`: at most 255 bytes of UTF-8, encoded. */
export function encodeOpen(id: number, purpose: StreamPurpose, label: Uint8Array): Uint8Array {
  const frame = encodeHeader("open", id, 1 + label.length);
  frame[streamHeaderLength] = streamPurpose[purpose];
  frame.set(label, streamHeaderLength + 1);
  return frame;
}

/** Holds the one data frame that is being sent: it is sealed at once, and an array for each would cost more than the rest. */
const scratch = new Uint8Array(streamHeaderLength + maxDataPerFrame);

/** A frame with room for `length` bytes of data behind its header, valid until the next call in this realm. */
export function emptyData(id: number, length: number): Uint8Array {
  return putHeader(scratch.subarray(0, streamHeaderLength + length), "data", id);
}

export function encodeEnd(id: number): Uint8Array {
  return encodeHeader("end", id, 0);
}

/** `value`: the code of a reset or stop, or the bytes of a credit; 0 to 2^32 - 1. */
export function encodeNumber(kind: "reset" | "stop" | "credit", id: number, value: number): Uint8Array {
  const frame = encodeHeader(kind, id, 4);
  writeU32LittleEndian(frame, streamHeaderLength, value);
  return frame;
}

/** The UTF-8 of a label. @throws invalid-argument where it is over 255 bytes */
export function encodeLabel(label: string): Uint8Array {
  const bytes = utf8(label);
  if (bytes.length <= maxLabelLength) return bytes;
  throw new SessionError(
    "invalid-argument",
    `A label has at most ${maxLabelLength} bytes of UTF-8; this one has ${bytes.length}.`,
  );
}

/** The error of a frame that no honest peer sends. */
export function malformed(message: string): SessionError<"stream-malformed"> {
  return new SessionError("stream-malformed", message);
}

function encodeHeader(kind: StreamFrameKind, id: number, bodyLength: number): Uint8Array {
  return putHeader(new Uint8Array(streamHeaderLength + bodyLength), kind, id);
}

function putHeader(frame: Uint8Array, kind: StreamFrameKind, id: number): Uint8Array {
  frame[0] = streamFrameKind[kind];
  writeU32LittleEndian(frame, 1, id);
  return frame;
}

function decodeOpen(frame: Uint8Array): { readonly purpose: StreamPurpose; readonly label: string } {
  const labelLength = frame.length - streamHeaderLength - 1;
  checkBody("open", labelLength >= 0 && labelLength <= maxLabelLength, labelLength + 1);
  const byte = frame[streamHeaderLength]!;
  const purpose =
    byte === streamPurpose.stream ? "stream" : byte === streamPurpose.request ? "request" : undefined;
  if (purpose === undefined) throw malformed(`${byte} is no purpose of a stream.`);
  try {
    return { purpose, label: fromUtf8(frame.subarray(streamHeaderLength + 1)) };
  } catch {
    throw malformed("The label of a stream is not UTF-8.");
  }
}

function decodeNumber(kind: StreamFrameKind, frame: Uint8Array): number {
  const bodyLength = frame.length - streamHeaderLength;
  checkBody(kind, bodyLength === 4, bodyLength);
  return readU32LittleEndian(frame, streamHeaderLength);
}

function checkBody(kind: StreamFrameKind, right: boolean, length: number): void {
  if (!right) throw malformed(`The body of a stream's ${kind} frame cannot have ${length} bytes.`);
}

/** The peer has given up stream `id` with `code`. */
export function resetError(id: number, code: number): SessionError {
  if (code === streamCode.refused)
    return new SessionError(
      "stream-refused",
      `The peer refuses stream ${id}: it has enough of them open, or takes none.`,
    );
  return new SessionError("stream-reset", `The peer has given up stream ${id} with code ${code}.`);
}
