import type { Instant } from "../ports/index.js";
import { generationOf, type RestoredPeer } from "../record/index.js";
import type { CountLease } from "./count-lease.js";
import { EstablishedPhase } from "./established-phase.js";
import { Lifetime } from "./lifetime.js";
import { stricterOwn } from "./limits.js";
import { newLease, phaseConfig, type LineageConfig } from "./lineage-config.js";
import { LineageMemory } from "./lineage-memory.js";
import { restoredKeys } from "./phase-keys.js";
import type { RestorableSession, RestorationState } from "./restoration-state.js";
import type { RestoredRecords } from "./restored-records.js";
import { lineageLeftAt } from "./resumption-state.js";

/** Who goes on, and with whom. */
export interface RestoreTerms {
  /** This end's, of its hold of the lineage. */
  readonly fence: bigint;
  /** The peer's that this end knows. */
  readonly known: RestoredPeer | undefined;
  readonly by: "local" | "peer";
}

/** A session of `state` at either end of a restore, and what it is remembered by. Copies the secrets. */
export function restoredPhase(
  config: LineageConfig,
  state: RestorationState,
  session: RestorableSession,
  { fence, known, by }: RestoreTerms,
  now: Instant,
): { readonly first: EstablishedPhase; readonly memory: LineageMemory; readonly records: RestoredRecords } {
  const limits = stricterOwn(session.limits, config.limits);
  const left = Math.min(lineageLeftAt(state, now), limits.lineageAge.max);
  const lineage = { at: now, age: limits.lineageAge.max - left };
  const [begun, active] = [earlier(now, session.age), earlier(now, session.idle)];
  const lifetime = new Lifetime(limits, begun, lineage, active, newLease(config));
  lifetime.carryOn(session);
  const made = phaseConfig(config, session.keyRole, session.renewals, lifetime);
  const how = { fence, answers: by === "peer", ...(known !== undefined && { peer: known }) };
  const keys = restoredKeys(made, session, state, how);
  const first = new EstablishedPhase(made, keys);
  const { lineage: id, totals } = state;
  const memory = new LineageMemory(config, first, { restored: { by, lineage: id, known, totals } });
  return { first, memory, records: keys.records };
}

function earlier({ wall, monotonic }: Instant, milliseconds: number): Instant {
  return { wall: wall - milliseconds, monotonic: monotonic - milliseconds };
}

/** How far one session of a lineage has come: what is stored of it is corrected by this when it has ended. */
export type RestorableProgress = Pick<RestorableSession, "session" | "age" | "idle" | "used" | "received">;

/** How far `phase` has come. */
export function restorableProgress({ id, lifetime }: EstablishedPhase, now: Instant): RestorableProgress {
  const { used, received } = lifetime;
  const [age, idle] = [lifetime.ageAt(now), lifetime.idleAt(now)];
  return { session: id, age, idle, used: { ...used }, received };
}

/** What `phases` can be restored from, the one under which this end seals in front, and the leases that are proposed with that. The caller disposes the secrets. */
export function restorableSessions(
  phases: readonly EstablishedPhase[],
  now: Instant,
): { readonly sessions: RestorableSession[]; readonly leases: CountLease[] } {
  const sessions: RestorableSession[] = [];
  const leases: CountLease[] = [];
  for (const phase of phases) {
    const { lifetime, kept, role: keyRole, renewals } = phase;
    const { limits, lease } = lifetime;
    if (kept === undefined || lease === undefined) continue;
    leases.push(lease);
    const used = lease.propose(lifetime.used, limits);
    const sealsIn = generationOf(phase.sealingEpoch);
    const generations = kept.copies().sort((a, b) => order(a.generation, b.generation, sealsIn));
    for (const generation of generations) {
      const common = { ...restorableProgress(phase, now), used, keyRole, renewals, limits };
      sessions.push({ ...generation, ...common, exporter: phase.copyExporter() });
    }
  }
  return { sessions, leases };
}

/** The one under which this end seals in front. */
function order(one: number, other: number, sealsIn: number): number {
  return Number(other === sealsIn) - Number(one === sealsIn);
}
