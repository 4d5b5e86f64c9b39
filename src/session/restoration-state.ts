import { utf8, type Secret } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import type { RestoredPeer } from "../record/index.js";
import type { Counts, ReceivedCounts } from "./count-lease.js";
import type { RestoreSecrets, Role } from "./key-schedule.js";
import type { SessionLimits } from "./limits.js";
import type { LineageName, LineageProgress } from "./resumption-state.js";
import type { SuiteName } from "./suites.js";

/** What is known of the generation that a session can be restored in. */
export interface RestorableGeneration {
  /** 0 to 65535. */
  readonly generation: number;
  /** 32 bytes each. */
  readonly restore: RestoreSecrets;
  /** What the root of the generation after it hangs on: 32 bytes. */
  readonly nextRoot: Secret;
}

/** One generation of one session of the lineage: what a restore goes on with. */
export interface RestorableSession extends RestorableGeneration {
  /** The session's id: 32 bytes. */
  readonly session: Uint8Array;
  /** This end's in the Noise handshake that led to the session. */
  readonly keyRole: Role;
  /** How many renewals have led to the session. */
  readonly renewals: number;
  /** What exported keys come from: 32 bytes. */
  readonly exporter: Secret;
  /** What both ends have agreed on. */
  readonly limits: SessionLimits;
  /** Milliseconds since the session began. */
  readonly age: number;
  /** Milliseconds since a message went either way. */
  readonly idle: number;
  /** What counts as used of the limits: blocks that were taken ahead too. */
  readonly used: Readonly<Counts>;
  /** What this end's application has received for certain. */
  readonly received: ReceivedCounts;
}

/**
 * What one end keeps of a lineage to carry on with it after its process. Whoever gets one disposes its secrets: `disposeRestoration`.
 *
 * @see PROTOCOL, section 20.7
 */
export interface RestorationState extends LineageName, LineageProgress {
  /** This end's, in the lineage's full handshake. */
  readonly role: Role;
  /** The suite of the full handshake. */
  readonly suite: SuiteName;
  /** The highest fence of the peer that this end knows, and the R under it. */
  readonly known: RestoredPeer | undefined;
  /** The one under which this end seals in front, then those that the peer may ask for. */
  readonly sessions: readonly RestorableSession[];
}

/** Bytes of the name under which a session to be restored is found. */
export const restorationNameLength = 16;

const noSalt = new Uint8Array(0);
const nameLabel = utf8("bowline/restore-name/v1");

/** What a generation's restore secrets are called in clear: 16 bytes, which say nothing of them. @see PROTOCOL, section 20.5 */
export function restorationName(
  { hkdf, hash }: Pick<CryptoProvider, "hkdf" | "hash">,
  { initiator }: RestoreSecrets,
): Uint8Array {
  return hkdf(hash, initiator.expose(), noSalt, nameLabel, restorationNameLength);
}

/** Erases the secrets of `state`. */
export function disposeRestoration(state: RestorationState | undefined): void {
  for (const session of state?.sessions ?? []) {
    disposeGeneration(session);
    session.exporter.dispose();
  }
}

/** Erases the secrets of one generation. */
export function disposeGeneration({ restore, nextRoot }: RestorableGeneration): void {
  for (const secret of [restore.initiator, restore.responder, nextRoot]) secret.dispose();
}
