import type { Secret } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import type { DhKeyPair } from "../crypto/index.js";
import type { SessionLimits } from "./limits.js";
import type { SuiteFloor } from "./negotiation.js";
import type { ResumptionTerms } from "./resumption-frame.js";
import type { ResumptionState } from "./resumption-state.js";
import type { Suite } from "./suites.js";

/** What both roles need to know before they begin. */
export interface HandshakeConfig {
  /** The end's own static key pair. Its owner disposes it, not the handshake. */
  readonly identity: DhKeyPair;
  /** The weakest suite that is accepted. */
  readonly floor: SuiteFloor;
  /** What this end asks for: the peer is told in the first message that is encrypted. */
  readonly limits: SessionLimits;
}

/** The lineage that a handshake has resumed. `secret` (32 bytes), with which it was, belongs to the receiver, who disposes it. */
export interface ResumedLineage extends Omit<ResumptionState, "secrets" | "peer" | "suite"> {
  readonly peerTerms: Omit<ResumptionTerms, "limits">;
  readonly secret: Secret;
}

/** What a finished handshake hands to the session. `chainingKey` belongs to the receiver, who disposes it. */
export interface HandshakeResult {
  readonly suite: Suite;
  /** 32 bytes, unique to this handshake. */
  readonly handshakeHash: Uint8Array;
  readonly chainingKey: Secret;
  /** The peer's static public key: 32 bytes, proven to be the peer's. */
  readonly peer: Uint8Array;
  /** What the peer asks for. */
  readonly peerLimits: SessionLimits;
  /** Whether this end wrote the last message: then it waits for the peer's first record before it is sure of the peer. */
  readonly wroteLast: boolean;
  /** Where it was no full handshake. */
  readonly resumed?: ResumedLineage;
}

/** What comes of a frame in the handshake. */
export type HandshakeStep =
  /** This goes to the peer; its answer comes next. */
  | { readonly kind: "reply"; readonly frame: Uint8Array }
  /** `resumption` or nothing comes next: whoever owns the session looks up what it has kept under this name (16 bytes). */
  | { readonly kind: "resumption"; readonly name: Uint8Array }
  /** `authorize` or nothing comes next: whoever owns the session decides about this peer. */
  | { readonly kind: "authorize"; readonly peer: Uint8Array }
  /** The handshake is over; `frame`, if any, goes to the peer. */
  | { readonly kind: "done"; readonly frame?: Uint8Array; readonly result: HandshakeResult };

/** One side of the negotiation and handshake. Every method throws SessionError where the handshake has failed. */
export interface Handshake {
  /** Takes one clear frame from the peer. */
  read(frame: Uint8Array): HandshakeStep;
  /** Goes on after a `resumption` step with what was found; the state stays the caller's. */
  resumption?(state: ResumptionState | undefined, now: Instant): HandshakeStep;
  /** Goes on after an `authorize` step with a peer that may have a session. */
  authorized(now: Instant): HandshakeStep;
  /** Erases all keys. */
  dispose(): void;
}
