import type { ErrorCode, SessionEnd, SessionMetrics, SuiteName } from "../../index.js";

/** How a session ended, as one process tells it to another. */
export type EndReport =
  | { readonly kind: "closed"; readonly by: "local" | "peer"; readonly reason: string }
  | { readonly kind: Exclude<SessionEnd["kind"], "closed">; readonly code: ErrorCode };

export function endReport(end: SessionEnd): EndReport {
  if (end.kind === "closed") return { kind: end.kind, by: end.by, reason: end.reason };
  return { kind: end.kind, code: end.error.code };
}

/** What came of opening something. */
export type OpenReport = { readonly text: string } | { readonly refused: ErrorCode };

/** Counts of a session, without the class. */
export type Metrics = Omit<SessionMetrics, "toJSON">;

/** A call's argument: which session. */
interface OfSession {
  /** The session's id. */
  readonly session: string;
}

/** What the parent can ask of either process. */
export interface EndpointCalls {
  readonly introduce: () => Promise<{ readonly id: string }>;
  readonly send: (call: OfSession & { readonly text: string }) => Promise<void>;
  /** The next message's text; undefined at the end that the peer has announced. */
  readonly receive: (call: OfSession) => Promise<string | undefined>;
  readonly rotate: (call: OfSession) => Promise<void>;
  /** Resolves when the peer's direction has rotated `times` in all. */
  readonly rotated: (call: OfSession & { readonly times: number }) => Promise<void>;
  /** Seals a bare record. */
  readonly seal: (call: OfSession & { readonly text: string }) => Promise<Uint8Array>;
  /** Opens a bare record. */
  readonly open: (call: OfSession & { readonly record: Uint8Array }) => Promise<OpenReport>;
  readonly close: (call: OfSession) => Promise<void>;
  /** How the session ended; undefined where it has not within `wait` milliseconds. */
  readonly ended: (call: OfSession & { readonly wait: number }) => Promise<EndReport | undefined>;
  readonly metrics: (call: OfSession) => Promise<Metrics>;
  /** Closes everything. The process then has nothing left to do, and ends by itself. */
  readonly leave: () => Promise<void>;
}

export interface ListenerCalls extends EndpointCalls {
  /** Listens on loopback and lets in `allow` only. */
  readonly listen: (call: { readonly allow: string }) => Promise<{ readonly address: string }>;
  /** Resolves when the session of that id has been accepted. */
  readonly take: (call: OfSession) => Promise<void>;
  /** Every message up to the session's end, as texts. */
  readonly drain: (call: OfSession) => Promise<readonly string[]>;
  readonly receiveFile: (call: OfSession & { readonly path: string }) => Promise<FileReceived>;
  /** Why handshakes at the listener came to nothing, so far. */
  readonly handshakeFailures: () => Promise<readonly ErrorCode[]>;
  /** Listens at another port with another identity, which lets anybody in. */
  readonly impersonate: () => Promise<{ readonly address: string }>;
}

export interface DialerCalls extends EndpointCalls {
  readonly connect: (call: { readonly address: string; readonly peer: string }) => Promise<SessionOpened>;
  /** Connects with an identity that nobody knows, or to somebody who is not the `peer` that is pinned: the code of the refusal. */
  readonly tryConnect: (call: {
    readonly address: string;
    readonly peer: string;
    readonly as: "myself" | "stranger";
  }) => Promise<ErrorCode | undefined>;
  readonly makeFile: (call: { readonly path: string; readonly bytes: number }) => Promise<void>;
  /** Sends the file, and rotates the key when half of it has gone. */
  readonly sendFile: (call: OfSession & { readonly path: string }) => Promise<FileSent>;
}

export interface SessionOpened {
  readonly session: string;
  readonly suite: SuiteName;
}

export interface FileReceived {
  readonly bytes: number;
  /** Of what stands in the receiver's file, in hexadecimal. */
  readonly sha256: string;
}

export interface FileSent extends FileReceived {
  /** What the receiver answered that its file has, through the session. */
  readonly answered: FileReceived;
  readonly records: number;
  /** Milliseconds from the first record to the word that the last one has arrived. */
  readonly duration: number;
}

/** What a process tells the parent as it happens. */
export type ProcessEvent =
  | {
      readonly type: "established";
      readonly session: string;
      readonly suite: SuiteName;
      readonly peer: string;
    }
  | { readonly type: "followed"; readonly epoch: number }
  | { readonly type: "refused"; readonly cause: ErrorCode }
  | { readonly type: "ended"; readonly session: string; readonly end: EndReport }
  | { readonly type: "handshake-failed"; readonly code: ErrorCode }
  | { readonly type: "file-progress"; readonly bytes: number };

/** Calls as the process itself answers them: now, or later. */
export type Served<Calls> = {
  readonly [Name in keyof Calls]: Calls[Name] extends (argument: infer Given) => Promise<infer Value>
    ? (argument: Given) => Value | Promise<Value>
    : never;
};

/** What goes between the parent and its processes. */
export type ToProcess = { readonly call: number; readonly name: string; readonly argument: unknown };
export type FromProcess =
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly failure: string }
  | { readonly event: ProcessEvent };
