/** Where lines for people go: fields first, then a sentence, as pino and the console take them. */
export interface Logger {
  /** What only somebody who looks for a fault reads. */
  debug(fields: object, message: string): void;
  /** What happens as it should. */
  info(fields: object, message: string): void;
  /** What may need somebody. */
  warn(fields: object, message: string): void;
  /** What is broken. */
  error(fields: object, message: string): void;
}

/** Which frames a trace shows: those of handshakes, or the sealed ones of established sessions. */
export type TraceScope = "handshake" | "frames";

/** A named place to which events are published, for whoever in the process has subscribed. */
export interface DiagnosticsChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** How one looks inside from without the application: what the platform offers for that. */
export interface Diagnostics {
  channel(name: string): DiagnosticsChannel;
  /** What the person who started the process has asked to see, and where that is written. Undefined: nothing. */
  requested(): { readonly scopes: readonly TraceScope[]; readonly logger: Logger } | undefined;
}
