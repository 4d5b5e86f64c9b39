import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../crypto/index.js";
import type { KeyPolicy } from "./key-policy.js";
import type { Role } from "./key-schedule.js";
import type { SessionLimits } from "./limits.js";
import type { SuiteFloor } from "./negotiation.js";
import type { RestorationAttempt } from "./restoration-initiator.js";
import type { ResumptionAttempt } from "./resumption-initiator.js";

/** What a session needs from its owner. */
export interface SessionMachineOptions {
  /** The algorithms. */
  readonly provider: CryptoProvider;
  /** Where ephemeral keys come from. */
  readonly random: RandomSource;
  /** Whether this end speaks first. */
  readonly role: Role;
  /** The end's static key pair, which stays its owner's. */
  readonly identity: DhKeyPair;
  /** An initiator's: the peer's public key (32 bytes) where it is known. No other is accepted then. */
  readonly peer?: Uint8Array;
  /** An initiator's: the lineage that it goes on with. */
  readonly resume?: ResumptionAttempt;
  /** An initiator's: the session that it carries on with, under a hold that it has just taken. `resume`, or a full handshake, takes the place where the peer refuses. */
  readonly restore?: RestorationAttempt;
  /** Whether what the session can be restored from is kept: by `persist` outputs, which the owner answers. Default: false. */
  readonly persist?: boolean;
  /** The weakest suite that this end takes. */
  readonly floor: SuiteFloor;
  /** Which kind of suite an initiator tries first. */
  readonly prefer: "hybrid" | "classic";
  /** What the path does with frames. */
  readonly delivery: "ordered" | "datagram";
  /** Milliseconds for the handshake. */
  readonly handshakeTimeout: number;
  /** Milliseconds for which older keys open records on datagrams. */
  readonly grace: number;
  /** What this end asks for; the stricter of both ends' holds. */
  readonly limits: SessionLimits;
  /** When this end moves its keys on by itself. */
  readonly keyPolicy: KeyPolicy;
  /** Whether this end proposes renewals at warning edges. */
  readonly autoRenew: boolean;
}
