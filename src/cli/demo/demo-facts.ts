import type { ErrorCode, SuiteName } from "../../index.js";
import type { Exit } from "./demo-process.js";
import type { Meddling } from "./meddling-proxy.js";
import type { EndReport, FileReceived, FileSent, Metrics, OpenReport } from "./process-calls.js";

/** One session as one end of it saw it. */
export interface EndFacts {
  /** Undefined where it has not ended. */
  readonly end: EndReport | undefined;
  readonly metrics: Metrics;
}

/** One session as both ends saw it. */
export interface SessionFacts {
  readonly id: string;
  readonly suite: SuiteName;
  readonly dialer: EndFacts;
  readonly listener: EndFacts;
}

/** Bare records of the main session, handed over by somebody who is not to be trusted. */
export interface CourierFacts {
  readonly text: string;
  readonly tampered: OpenReport;
  readonly genuine: OpenReport;
  readonly replayed: OpenReport;
  /** Given back to the end that had sealed it. */
  readonly reflected: OpenReport;
}

/** One session that a man in the middle meddled with. */
export interface AttackFacts extends SessionFacts {
  readonly meddling: Meddling;
  /** What the dialer sent after the greeting. */
  readonly sent: string;
  /** What the listener's application was given after the greeting. */
  readonly delivered: readonly string[];
}

/** Everything that the demonstration has found out. What must be true of it is in `checks.ts`. */
export interface DemoFacts {
  readonly fileBytes: number;
  readonly main: SessionFacts;
  /** What was said in the main session, and what arrived. */
  readonly talk: readonly { readonly said: string; readonly heard: string | undefined }[];
  readonly file: { readonly sent: FileSent; readonly received: FileReceived };
  readonly courier: CourierFacts;
  readonly attacks: readonly AttackFacts[];
  /** What went past the man in the middle. */
  readonly wire: { readonly frames: number; readonly sawPlaintext: boolean };
  /** A dialer whose key is not on the list: what it was told (undefined: it got in), and what the listener knows. */
  readonly stranger: { readonly told: ErrorCode | undefined; readonly reasons: readonly ErrorCode[] };
  /** The dialer at the address of somebody who is not the peer that is pinned: why it left; undefined: it stayed. */
  readonly impostor: ErrorCode | undefined;
  readonly exits: { readonly dialer: Exit; readonly listener: Exit };
}
