import type { SessionError } from "../errors/index.js";

/** What a path tells the connection over it. Never inside a call of the connection's. */
export interface MessagePathEvents {
  /** One frame, in bytes of its own. */
  frame(frame: Uint8Array): void;
  /** One message of text: what the two ends say to each other about the frames. */
  text(text: string): void;
  /** Nothing comes any more. */
  over(error: SessionError): void;
}

/** A thing that carries frames and short texts in one order, and knows no back-pressure: the platform's, in one shape. */
export interface MessagePath {
  readonly remote: string;
  /** Called once. */
  open(events: MessagePathEvents): void;
  /** Takes a frame, 1 byte or more, or a text. What cannot be sent is told as the end of the path. */
  send(data: Uint8Array | string): void;
  /** Frames longer than that many bytes need not be stored: where the platform can be told. */
  limit?(length: number): void;
  /** Where the platform can stop the far end by itself. */
  pause?(): void;
  resume?(): void;
  /** Ends it when all that was sent has gone out. */
  close(): void;
  /** Ends it at once. */
  cut(): void;
}
