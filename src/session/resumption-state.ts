import type { Secret } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import type { Role } from "./key-schedule.js";
import { elapsed } from "./lifetime.js";
import type { LineageTotals } from "./session-metrics.js";
import type { SuiteName } from "./suites.js";

/** Which lineage is meant. */
export interface LineageName {
  /** The peer's static public key: 32 bytes. */
  readonly peer: Uint8Array;
  /** The id of the lineage, which is that of its first session: 32 bytes. */
  readonly lineage: Uint8Array;
}

/** How far a lineage has come. */
export interface LineageProgress {
  /** Milliseconds of the lineage's hard edge that were left at `at`. */
  readonly lineageLeft: number;
  /** When this was so, on this end's clocks. */
  readonly at: Instant;
  /** What its sessions have done. */
  readonly totals: LineageTotals;
}

/**
 * What one end keeps of a lineage to resume it when its path is gone. Whoever gets one disposes its secrets: `disposeState`.
 *
 * @see PROTOCOL, section 18
 */
export interface ResumptionState extends LineageName, LineageProgress {
  /** The id of its last session: 32 bytes. */
  readonly session: Uint8Array;
  /** This end's, in the lineage's full handshake. */
  readonly role: Role;
  /** The suite of the full handshake. */
  readonly suite: SuiteName;
  /** 32 bytes each: the newest, and the one before it if there is one. */
  readonly secrets: readonly Secret[];
}

/** What the peer said of the lineage when it was resumed. */
export interface Resumed {
  /** Which end has asked for it. */
  readonly by: "local" | "peer";
  /** The id of the lineage's last session, as this end knows it: 64 hexadecimal digits. */
  readonly from: string;
  /** How many sessions the lineage has had before this one, as the peer counts. */
  readonly peerSessions: number;
  /** Messages of this end that the peer's application got in those. */
  readonly peerReceived: bigint;
}

/** Milliseconds of the lineage that are left at `now`: 0 where it is over. */
export function lineageLeftAt(state: Pick<LineageProgress, "lineageLeft" | "at">, now: Instant): number {
  return Math.max(state.lineageLeft - elapsed(state.at, now), 0);
}

/** Sessions that a lineage of these totals has had. */
export function sessionsOf({ renewals, resumptions }: LineageTotals): number {
  return 1 + renewals + resumptions;
}

/** Erases the secrets of `state`. */
export function disposeState(state: ResumptionState | undefined): void {
  for (const secret of state?.secrets ?? []) secret.dispose();
}
