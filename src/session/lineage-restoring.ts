import type { Instant } from "../ports/index.js";
import type { Control } from "./control.js";
import type { CountLease } from "./count-lease.js";
import { stricterLimits } from "./limits.js";
import type { LineageConfig } from "./lineage-config.js";
import type { LineageMemory } from "./lineage-memory.js";
import { restorableProgress, restorableSessions, type RestorableProgress } from "./lineage-restoration.js";
import type { PhaseSet } from "./phase-set.js";
import { regressionOf, type Regression } from "./quarantine.js";
import type { RestorationState } from "./restoration-state.js";
import { decodeRestoredTerms, encodeRestoredTerms } from "./restored-terms.js";

/** What a lineage can be restored from, and what its ends say of that. @see PROTOCOL, sections 20.6 and 20.7 */
export class LineageRestoring {
  readonly #config: LineageConfig;
  readonly #phases: PhaseSet;
  readonly #memory: LineageMemory;
  readonly #send: (control: Control, now: Instant) => void;

  /** `send` seals a control frame and puts it out. */
  constructor(
    config: LineageConfig,
    phases: PhaseSet,
    memory: LineageMemory,
    send: (control: Control, now: Instant) => void,
  ) {
    this.#config = config;
    this.#phases = phases;
    this.#memory = memory;
    this.#send = send;
  }

  /** What is to be stored, and the leases that are proposed with that. The caller disposes the secrets. */
  state(now: Instant): { readonly state: RestorationState; readonly leases: readonly CountLease[] } {
    const { sessions, leases } = restorableSessions(this.#phases.restorable, now);
    const { id: lineage, known } = this.#memory;
    const { current } = this.#phases;
    const { peer, suite } = current;
    const common = { lineage, peer, role: this.#config.role, suite: suite.name, known };
    return { state: { ...common, ...this.#memory.progress(current, now), sessions }, leases };
  }

  /** How far its sessions have come, also where the lineage has ended. */
  progress(now: Instant): readonly RestorableProgress[] {
    return this.#phases.restorable.map(phase => restorableProgress(phase, now));
  }

  /** Says what this end says first in a restored session. */
  say(now: Instant): void {
    const { lifetime } = this.#phases.current;
    const terms = { limits: this.#config.limits, lineageLeft: lifetime.lineageLeft(now) };
    const body = encodeRestoredTerms({ ...terms, received: lifetime.received });
    this.#send({ kind: "restored", body }, now);
  }

  /** The peer has said it: the stricter limits hold. The result is what contradicts what this end knows that it has sent. @throws frame-malformed; nothing has changed then */
  hear(body: Uint8Array, now: Instant): Regression | undefined {
    const { limits, lineageLeft, received } = decodeRestoredTerms(body);
    const { lifetime } = this.#phases.current;
    lifetime.restrict(stricterLimits(lifetime.limits, limits), lineageLeft, now);
    return regressionOf(lifetime.used, received);
  }
}
