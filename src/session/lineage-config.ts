import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../crypto/index.js";
import type { Ordering } from "../record/index.js";
import { CountLease } from "./count-lease.js";
import { EstablishedPhase, type EstablishedConfig } from "./established-phase.js";
import type { HandshakeResult } from "./handshake.js";
import type { KeyPolicy } from "./key-policy.js";
import type { Role } from "./key-schedule.js";
import type { Lifetime } from "./lifetime.js";
import type { SessionLimits } from "./limits.js";
import { handshakeKeys } from "./phase-keys.js";
import type { RestorationGate } from "./restoration-gate.js";
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
  /** Where what the session can be restored from is kept. */
  readonly gate: RestorationGate | undefined;
}

/** What an end has to say. */
export type LineageOptions = Omit<
  LineageConfig,
  "role" | "handshakeRole" | "ordering" | "metrics" | "outbox" | "gate"
>;

/**
 * What the lineage of an end is made with, whose roles are `role` in the full handshake and `handshakeRole` in the one that led to the session. Written out:
 * what is made by spreading has a shape of its own, and every session keeps this.
 */
export function lineageConfig(
  { provider, random, identity, grace, limits, keyPolicy, autoRenew }: LineageOptions,
  { role, handshakeRole }: Pick<LineageConfig, "role" | "handshakeRole">,
  ordering: Ordering,
  { metrics, outbox, gate }: Pick<LineageConfig, "metrics" | "outbox" | "gate">,
): LineageConfig {
  return {
    provider,
    random,
    identity,
    role,
    handshakeRole,
    ordering,
    grace,
    limits,
    keyPolicy,
    autoRenew,
    metrics,
    outbox,
    gate,
  };
}

/** What the session that `renewals` renewals have led to is made with. `role`: this end's in the handshake that led here. */
export function phaseConfig(
  config: LineageConfig,
  role: Role,
  renewals: number,
  lifetime: Lifetime,
): EstablishedConfig {
  const { provider, random, ordering, grace, role: lineageRole, gate } = config;
  const restorable = gate !== undefined;
  return { provider, random, role, lineageRole, ordering, grace, renewals, lifetime, restorable };
}

/** The session that `renewals` renewals have led to. `role`: this end's in the handshake that led here. Takes over the result's chaining key. */
export function newPhase(
  config: LineageConfig,
  result: HandshakeResult,
  role: Role,
  renewals: number,
  lifetime: Lifetime,
): EstablishedPhase {
  const made = phaseConfig(config, role, renewals, lifetime);
  return new EstablishedPhase(made, handshakeKeys(made, result));
}

/** What counts of a session are leased in, where they are. */
export function newLease({ gate }: Pick<LineageConfig, "gate">): CountLease | undefined {
  return gate === undefined ? undefined : new CountLease();
}
