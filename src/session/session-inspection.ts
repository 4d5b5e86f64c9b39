import { toHex } from "../bytes/index.js";
import type { GenerationInspection } from "../record/index.js";
import type { SessionState } from "./session-state.js";

/** What an exchange inside a session has reached. Messages are named by their last 8 bytes, in hexadecimal. */
export interface ExchangeInspection {
  /** This end's proposal that is out and unanswered. */
  readonly proposal?: string;
  /** The last proposal of the peer that this end has answered, and the answer. */
  readonly answered?: { readonly proposal: string; readonly answer: string };
}

/** The keys of one session of a lineage. */
export interface PhaseInspection {
  /** Hexadecimal, 64 digits. */
  readonly id: string;
  /** How many renewals have led to it. */
  readonly renewals: number;
  /** The newest generation that is agreed. */
  readonly generation: number;
  /** Undefined where this end does not seal under it yet. */
  readonly sealingEpoch: number | undefined;
  /** What can be opened. */
  readonly opening: GenerationInspection;
  /** Whether a record of the peer has opened under it. */
  readonly opened: boolean;
  /** The exchange of the next generation. */
  readonly generations: ExchangeInspection;
  /** Records that this end has sealed. */
  readonly sealedRecords: bigint;
  /** In order only. */
  readonly openedRecords: bigint;
}

/** A lineage at one time. Times are in milliseconds of the monotonic clock. */
export interface LineageInspection {
  /** The session of the lineage under which this end seals. */
  readonly current: PhaseInspection;
  /** Agreed, and no record has opened under it. */
  readonly next?: PhaseInspection;
  /** In its grace time. */
  readonly previous?: PhaseInspection & { readonly expiresAt: number };
  /** The number of renewals that led to the session under which this end seals. */
  readonly sending: number;
  /** The exchange of the next renewal. */
  readonly renewal: ExchangeInspection & { readonly phase: string };
  /** What was asked for and waits. */
  readonly wanted: { readonly renewal: boolean; readonly generation: boolean };
  /** When what is unanswered is repeated. */
  readonly resendAt: number | undefined;
}

/** What a session is about, for people and for tests. It holds no secret, and nothing that the peer has not seen. */
export interface SessionInspection {
  /** Where the session is in its life. */
  readonly state: SessionState["name"];
  /** From the end of the handshake on. */
  readonly lineage?: LineageInspection;
}

/** The name of a message of an exchange: enough to tell it from others. */
export function messageName(body: Uint8Array): string {
  return toHex(body.subarray(-8));
}
