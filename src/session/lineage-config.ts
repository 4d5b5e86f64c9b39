import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../crypto/index.js";
import type { Ordering } from "../record/index.js";
import { EstablishedPhase } from "./established-phase.js";
import type { HandshakeResult } from "./handshake.js";
import type { KeyPolicy } from "./key-policy.js";
import type { Role } from "./key-schedule.js";
import type { Lifetime } from "./lifetime.js";
import type { SessionLimits } from "./limits.js";
import type { MetricsRecorder } from "./session-metrics.js";
import type { Outbox } from "./session-output.js";

/** What a lineage is made with. */
export interface LineageConfig {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: DhKeyPair;
  /** This end's role in the full handshake. */
  readonly role: Role;
  /** This end's role in the handshake of the first session of this path: in a resumption's it may be another. */
  readonly handshakeRole: Role;
  readonly ordering: Ordering;
  /** Milliseconds. */
  readonly grace: number;
  /** What this end asks for. */
  readonly limits: SessionLimits;
  readonly keyPolicy: KeyPolicy;
  /** Whether this end proposes a renewal at a warning edge. It accepts one in any case. */
  readonly autoRenew: boolean;
  readonly metrics: MetricsRecorder;
  readonly outbox: Outbox;
}

/** What an end has to say; `role` is its own in the handshake. */
type LineageOptions = Omit<LineageConfig, "handshakeRole" | "ordering" | "metrics" | "outbox">;

/**
 * What the lineage of a handshake's `result` is made with, for the end that `options` describe. Written out: what is made by spreading
 * has a shape of its own, and every session keeps this.
 */
export function lineageConfig(
  { role: handshakeRole, provider, random, identity, grace, limits, keyPolicy, autoRenew }: LineageOptions,
  { resumed }: Pick<HandshakeResult, "resumed">,
  ordering: Ordering,
  { metrics, outbox }: Pick<LineageConfig, "metrics" | "outbox">,
): LineageConfig {
  return {
    provider,
    random,
    identity,
    role: resumed?.role ?? handshakeRole,
    handshakeRole,
    ordering,
    grace,
    limits,
    keyPolicy,
    autoRenew,
    metrics,
    outbox,
  };
}

/** The session that `renewals` renewals have led to. `role`: this end's in the handshake that led here. Takes over the result's chaining key. */
export function newPhase(
  config: LineageConfig,
  result: HandshakeResult,
  role: Role,
  renewals: number,
  lifetime: Lifetime,
): EstablishedPhase {
  const { provider, random, ordering, grace, role: lineageRole } = config;
  return new EstablishedPhase(
    { provider, random, role, lineageRole, ordering, grace, renewals, lifetime },
    result,
  );
}
