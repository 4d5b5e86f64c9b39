import { earliest } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { frameFlag, maxKeptEpochs, renewalFlags, type OpenedFrame, type Ordering } from "../record/index.js";
import type { EstablishedPhase } from "./established-phase.js";
import type { LineageInspection } from "./session-inspection.js";

/** What has opened, and under which session of the lineage. */
export interface Opened<Content> {
  readonly content: Content;
  readonly phase: EstablishedPhase;
}

/**
 * The sessions of a lineage that have keys at one time: the present one; the next one, from its agreement to the first record
 * that opens under it; the last one, for its grace time (where order is kept, for bare records only). All together keep at most four
 * epochs for opening, besides those that no frame has proven.
 */
export class PhaseSet {
  readonly #ordering: Ordering;
  readonly #grace: number;
  readonly #onCommit: (from: EstablishedPhase, to: EstablishedPhase, now: Instant) => void;
  #current: EstablishedPhase;
  #next: EstablishedPhase | undefined;
  #previous: { readonly phase: EstablishedPhase; readonly expiresAt: number } | undefined;
  #sending: EstablishedPhase;

  /** `onCommit` is told when the next session has become the present one. `grace`: milliseconds. */
  constructor(
    first: EstablishedPhase,
    ordering: Ordering,
    grace: number,
    onCommit: (from: EstablishedPhase, to: EstablishedPhase, now: Instant) => void,
  ) {
    this.#current = first;
    this.#sending = first;
    this.#ordering = ordering;
    this.#grace = grace;
    this.#onCommit = onCommit;
    first.records.beginSealing(0n);
  }

  get current(): EstablishedPhase {
    return this.#current;
  }

  /** The session under which this end seals. */
  get sending(): EstablishedPhase {
    return this.#sending;
  }

  /** Those that the peer may go on with: the one under which this end seals in front. */
  get restorable(): readonly EstablishedPhase[] {
    const known = [this.#current, this.#next].filter(phase => phase !== undefined);
    return [this.#sending, ...known.filter(phase => phase !== this.#sending)];
  }

  /** Whether a next session has been agreed that no record has opened under. */
  get renewing(): boolean {
    return this.#next !== undefined;
  }

  /** Takes in the session that a renewal has led to. The proposer seals under it at once. */
  adopt(next: EstablishedPhase, proposer: boolean): void {
    this.#next?.dispose();
    this.#next = next;
    if (proposer) this.#send(next);
  }

  /** Opens a frame under the session that its flags name. @throws as `FrameOpener.open` */
  openFrame(frame: Uint8Array, now: Instant): Opened<OpenedFrame> {
    this.expire(now);
    const phase = this.#named(frame);
    this.#prepare(phase);
    const content = phase.openFrame(frame, now);
    this.#commit(phase, now);
    this.#keepEpochs();
    return { content, phase };
  }

  /** Opens a bare record, into `output` where one is given. It names no session: the present one is tried first. @throws as `RecordOpener.openBare` */
  openRecord(record: Uint8Array, now: Instant, output?: Uint8Array): Opened<Uint8Array> {
    this.expire(now);
    try {
      return { content: this.#current.records.openBare(record, now, output), phase: this.#current };
    } catch (error) {
      for (const phase of [this.#next, this.#previous?.phase]) {
        const content = phase && this.#tryRecord(phase, record, now, output);
        if (content !== undefined) return { content, phase: phase! };
      }
      throw error;
    }
  }

  get nextExpiry(): number | undefined {
    return earliest(
      this.#current.records.nextExpiry,
      this.#next?.records.nextExpiry,
      this.#previous?.phase.records.nextExpiry,
      this.#previous?.expiresAt,
    );
  }

  /** Erases the keys whose grace is over. */
  expire(now: Instant): void {
    this.#current.records.expire(now);
    this.#next?.records.expire(now);
    if (this.#previous === undefined) return;
    if (this.#previous.expiresAt > now.monotonic) this.#previous.phase.records.expire(now);
    else this.#dropPrevious();
  }

  #keepEpochs(): void {
    const left = maxKeptEpochs - this.#current.records.keep(maxKeptEpochs);
    if (left > 0) this.#previous?.phase.records.keep(left);
    else this.#dropPrevious();
  }

  #dropPrevious(): void {
    this.#previous?.phase.dispose();
    this.#previous = undefined;
  }

  inspect(): Pick<LineageInspection, "current" | "next" | "previous" | "sending"> {
    const [next, previous] = [this.#next, this.#previous];
    return {
      current: this.#current.inspect(),
      ...(next !== undefined && { next: next.inspect() }),
      ...(previous !== undefined && {
        previous: { ...previous.phase.inspect(), expiresAt: previous.expiresAt },
      }),
      sending: this.#sending.renewals,
    };
  }

  dispose(): void {
    for (const phase of [this.#current, this.#next, this.#previous?.phase]) phase?.dispose();
  }

  #named(frame: Uint8Array): EstablishedPhase {
    const flags = (frame[1] ?? 0) & frameFlag.renewals;
    const phases = [this.#current, this.#next, this.#previous?.phase];
    const phase = phases.find(known => known !== undefined && renewalFlags(known.renewals) === flags);
    if (phase !== undefined) return phase;
    throw new SessionError(
      "epoch-unknown",
      "No key opens the frame: it is under a session of this lineage that is over or not agreed yet.",
    );
  }

  #tryRecord(
    phase: EstablishedPhase,
    record: Uint8Array,
    now: Instant,
    output: Uint8Array | undefined,
  ): Uint8Array | undefined {
    try {
      return phase.records.openBare(record, now, output);
    } catch (error) {
      if (SessionError.is(error)) return undefined;
      throw error;
    }
  }

  #prepare(phase: EstablishedPhase): void {
    if (phase === this.#next && this.#ordering === "in-order")
      phase.startOpeningAfter(this.#current.records.openedRecords);
  }

  #send(phase: EstablishedPhase): void {
    phase.records.beginSealing(this.#sending.records.sealedRecords);
    this.#sending.records.stopSealing();
    this.#sending = phase;
  }

  /** The first frame under the next session has opened: it is the present one. */
  #commit(phase: EstablishedPhase, now: Instant): void {
    if (phase !== this.#next) return;
    const from = this.#current;
    if (this.#sending !== phase) this.#send(phase);
    this.#dropPrevious();
    phase.lifetime.takeOverActivity(from.lifetime);
    from.retire();
    this.#previous = { phase: from, expiresAt: now.monotonic + this.#grace };
    this.#current = phase;
    this.#next = undefined;
    this.#onCommit(from, phase, now);
  }
}
