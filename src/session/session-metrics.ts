import type { ErrorCode } from "../errors/index.js";
import type { Instant } from "../ports/index.js";

/** A sum that stays exact past 2^53, at the cost of an addition. */
export class Tally {
  #low = 0;
  #high = 0n;

  /** `amount`: 0 to 2^52. */
  add(amount: number): void {
    this.#low += amount;
    if (this.#low > 2 ** 52) {
      this.#high += BigInt(this.#low);
      this.#low = 0;
    }
  }

  /** Begins at `amount` more. */
  carryOn(amount: bigint): void {
    this.#high += amount;
  }

  get value(): bigint {
    return this.#high + BigInt(this.#low);
  }
}

/** What went one way. */
export interface DirectionMetrics {
  /** Application messages; those inside a batch count one by one. */
  readonly messages: bigint;
  /** Bytes of application messages, before encryption. */
  readonly bytes: bigint;
  /** Records of every kind, also those of the session itself. */
  readonly records: bigint;
  /** Rotations of this direction's key so far. */
  readonly rotations: number;
}

/** What the sessions of a lineage have done so far, all together. */
export interface LineageTotals {
  /** What this end has sealed. */
  readonly sent: DirectionMetrics;
  /** What this end has opened. */
  readonly received: DirectionMetrics;
  /** Generations after the first of each session. */
  readonly generations: number;
  /** Sessions that renewals have led to. */
  readonly renewals: number;
  /** Sessions that resumptions have led to. */
  readonly resumptions: number;
}

/** What a session has done, at one time. Wall-clock times are milliseconds since 1970. */
export class SessionMetrics {
  /** When the handshake began: milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds that the handshake took, first frame to established; undefined before that. */
  readonly handshakeDuration: number | undefined;
  /** When a message last went either way: milliseconds since 1970. */
  readonly lastActivity: number;
  /** What this end has sent. */
  readonly sent: DirectionMetrics;
  /** What this end has received. */
  readonly received: DirectionMetrics;
  /** Generations that have come about: fresh secrets in the keys of both directions. */
  readonly generations: number;
  /** Renewals that have come about. */
  readonly renewals: number;
  /** Resumptions that have come about, this one too where the session came of one. */
  readonly resumptions: number;
  /** What was refused, counted by error code. */
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;

  constructor(values: Omit<SessionMetrics, "toJSON">) {
    this.createdAt = values.createdAt;
    this.handshakeDuration = values.handshakeDuration;
    this.lastActivity = values.lastActivity;
    this.sent = values.sent;
    this.received = values.received;
    this.generations = values.generations;
    this.renewals = values.renewals;
    this.resumptions = values.resumptions;
    this.refused = values.refused;
  }

  /** The same, with counts as decimal strings: JSON has no integers of 64 bits. */
  toJSON(): object {
    return { ...this, sent: decimal(this.sent), received: decimal(this.received) };
  }
}

function decimal({ messages, bytes, records, rotations }: DirectionMetrics): object {
  return { messages: String(messages), bytes: String(bytes), records: String(records), rotations };
}

class Direction {
  readonly #recorder: Pick<MetricsRecorder, "active">;
  readonly #messages = new Tally();
  readonly #bytes = new Tally();
  readonly #records = new Tally();
  #rotations = 0;

  constructor(recorder: Pick<MetricsRecorder, "active">) {
    this.#recorder = recorder;
  }

  count(records: number, messages: number, bytes: number, now: Instant): void {
    this.#records.add(records);
    this.#messages.add(messages);
    this.#bytes.add(bytes);
    this.#recorder.active(now);
  }

  carryOn({ messages, bytes, records, rotations }: DirectionMetrics): void {
    this.#messages.carryOn(messages);
    this.#bytes.carryOn(bytes);
    this.#records.carryOn(records);
    this.#rotations += rotations;
  }

  rotated(times: number): void {
    this.#rotations += times;
  }

  snapshot(): DirectionMetrics {
    return {
      messages: this.#messages.value,
      bytes: this.#bytes.value,
      records: this.#records.value,
      rotations: this.#rotations,
    };
  }
}

/** Counts what a session does. */
export class MetricsRecorder {
  readonly sent = new Direction(this);
  readonly received = new Direction(this);
  generations = 0;
  renewals = 0;
  #resumptions = 0;
  #refused: Map<ErrorCode, number> | undefined;
  readonly #created: Instant;
  #established: Instant | undefined;
  #lastActivity: number;

  constructor(now: Instant) {
    this.#created = now;
    this.#lastActivity = now.wall;
  }

  established(now: Instant): void {
    this.#established = now;
    this.#lastActivity = now.wall;
  }

  /** The lineage has done this before: it is counted on, with this resumption. */
  resumed(totals: LineageTotals): void {
    this.carryOn(totals);
    this.#resumptions++;
  }

  /** The lineage has done this before: it is counted on. */
  carryOn(totals: LineageTotals): void {
    this.sent.carryOn(totals.sent);
    this.received.carryOn(totals.received);
    this.generations += totals.generations;
    this.renewals += totals.renewals;
    this.#resumptions = totals.resumptions;
  }

  active(now: Instant): void {
    this.#lastActivity = now.wall;
  }

  /** Counts a refusal and returns how many of that cause there have been. */
  refuse(code: ErrorCode): number {
    const count = (this.#refused?.get(code) ?? 0) + 1;
    (this.#refused ??= new Map()).set(code, count);
    return count;
  }

  snapshot(): SessionMetrics {
    return new SessionMetrics({
      createdAt: this.#created.wall,
      handshakeDuration:
        this.#established === undefined ? undefined : this.#established.monotonic - this.#created.monotonic,
      lastActivity: this.#lastActivity,
      sent: this.sent.snapshot(),
      received: this.received.snapshot(),
      generations: this.generations,
      renewals: this.renewals,
      resumptions: this.#resumptions,
      refused: Object.fromEntries(this.#refused ?? []),
    });
  }
}
