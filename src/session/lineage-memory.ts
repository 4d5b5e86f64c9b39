import { toHex } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import type { RestoredPeer } from "../record/index.js";
import type { CountLease } from "./count-lease.js";
import type { EstablishedPhase } from "./established-phase.js";
import type { HandshakeResult } from "./handshake.js";
import { Lifetime } from "./lifetime.js";
import type { LineageConfig } from "./lineage-config.js";
import type { SessionLimits } from "./limits.js";
import { ResumptionSecrets } from "./resumption-secret.js";
import type { LineageTotals } from "./session-metrics.js";
import {
  lineageLeftAt,
  type LineageProgress,
  type Resumed,
  type ResumptionState,
} from "./resumption-state.js";

/** What a path of a lineage has begun with, where it was no full handshake. */
export interface LineageOrigin extends Pick<HandshakeResult, "resumed"> {
  readonly restored?: {
    readonly by: "local" | "peer";
    readonly lineage: Uint8Array;
    readonly known: RestoredPeer | undefined;
    readonly totals: LineageTotals;
  };
}

/** What a lineage is known by across paths, and what it can be resumed from. */
export class LineageMemory {
  /** The id of the lineage's first session: 32 bytes. */
  readonly id: Uint8Array;
  /** Where this path has begun with a resumption. */
  readonly resumed: Resumed | undefined;
  /** Where it has begun with a restore: which end has asked for it. */
  readonly restored: "local" | "peer" | undefined;
  /** The highest fence of the peer that is known, and the R under it. */
  known: RestoredPeer | undefined;
  readonly #carried: LineageTotals | undefined;
  readonly #config: LineageConfig;
  readonly #secrets = new ResumptionSecrets();

  /** Takes over the resumption's secret. */
  constructor(config: LineageConfig, first: EstablishedPhase, { resumed, restored }: LineageOrigin) {
    this.#config = config;
    this.id = resumed?.lineage ?? restored?.lineage ?? first.id;
    this.restored = restored?.by;
    this.known = restored?.known;
    this.#carried = restored?.totals;
    if (resumed !== undefined) {
      const { sessions, received } = resumed.peerTerms;
      const by = config.handshakeRole === "initiator" ? "local" : "peer";
      this.resumed = { by, from: toHex(resumed.session), peerSessions: sessions, peerReceived: received };
      this.#secrets.put(resumed.secret);
      config.metrics.resumed(resumed.totals);
    }
    this.follow(first);
  }

  /** The restore has come about: what was counted before is counted on. */
  carryOn(): void {
    if (this.#carried !== undefined) this.#config.metrics.carryOn(this.#carried);
  }

  /** Both ends have come to a new generation or session: the lineage can be resumed from it. */
  follow(phase: EstablishedPhase): void {
    const secret = phase.takeResumption();
    if (secret !== undefined) this.#secrets.put(secret);
  }

  /** What this end may keep to resume the lineage, if anything; the caller disposes the secrets. */
  state(current: EstablishedPhase, now: Instant): ResumptionState | undefined {
    if (this.#secrets.isEmpty) return undefined;
    const { id, peer, suite } = current;
    const known = { lineage: this.id, session: id, peer, role: this.#config.role, suite: suite.name };
    return { ...known, ...this.progress(current, now), secrets: this.#secrets.copies() };
  }

  /** How far it has come, also where it has ended. */
  progress({ lifetime }: EstablishedPhase, now: Instant): LineageProgress {
    return { lineageLeft: lifetime.lineageLeft(now), at: now, totals: this.#config.metrics.snapshot() };
  }

  dispose(): void {
    this.#secrets.dispose();
  }
}

/**
 * The lifetime of a path's first session. A lineage that was resumed has left the least of what this end has kept, what the peer leaves
 * and what the limits allow.
 */
export function firstLifetime(
  limits: SessionLimits,
  { resumed }: Pick<HandshakeResult, "resumed">,
  now: Instant,
  lease: CountLease | undefined,
): Lifetime {
  if (resumed === undefined) return new Lifetime(limits, now, { at: now, age: 0 }, now, lease);
  const { max } = limits.lineageAge;
  const left = Math.min(lineageLeftAt(resumed, now), resumed.peerTerms.lineageLeft, max);
  return new Lifetime(limits, now, { at: now, age: max - left }, now, lease);
}
