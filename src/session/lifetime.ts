import type { Instant } from "../ports/index.js";
import type { CountLease, Counts, ReceivedCounts } from "./count-lease.js";
import { limitNames, type LimitName, type SessionLimits } from "./limits.js";
import type { SessionStatus } from "./session-status.js";

/** Milliseconds, far above the error of a sum of times. */
const rounding = 1;

/** Whether `amount` more leads to an edge of `limit`, or beyond its hard one. */
function reaches({ warn, max }: SessionLimits["sentBytes"], before: number, amount: number): boolean {
  const after = before + amount;
  return after >= max || (after >= warn && before < warn);
}

/** A duration as both clocks see it: the greater counts, so that neither sleep nor a step back gains time. */
export function elapsed(since: Instant, now: Instant): number {
  return Math.max(now.wall - since.wall, now.monotonic - since.monotonic, 0);
}

/** Since when a lineage lives, and how old it was then. */
export interface LineageStart {
  readonly at: Instant;
  /** Milliseconds. */
  readonly age: number;
}

/** What a restored session has used and received before. */
export interface CarriedOn {
  readonly used: Readonly<Counts>;
  readonly received: ReceivedCounts;
}

/** What one session has used of its limits. Only what the application sends and receives is counted. */
export class Lifetime {
  /** Where counts are leased: what may be used up to. */
  readonly lease: CountLease | undefined;
  readonly #established: Instant;
  #limits: SessionLimits;
  #lineage: LineageStart;
  readonly #counts: Counts = { sentMessages: 0, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 };
  /** Of what counts as received, what was leased in an earlier process and may not have come. */
  #unreceived: ReceivedCounts | undefined;
  #lastActivity: Instant;
  #edgeReached = false;
  /** Before both of these moments no limit forbids anything: there is nothing to look at. */
  #quietWall = -Infinity;
  #quietMonotonic = -Infinity;

  /** `lastActivity`: of the session that was renewed; a renewal is no activity. */
  constructor(
    limits: SessionLimits,
    established: Instant,
    lineage: LineageStart,
    lastActivity = established,
    lease?: CountLease,
  ) {
    this.#limits = limits;
    this.lease = lease;
    this.#established = established;
    this.#lineage = lineage;
    this.#lastActivity = lastActivity;
  }

  get limits(): SessionLimits {
    return this.#limits;
  }

  /** A restored session goes on with what was used before. */
  carryOn({ used, received: { messages, bytes } }: CarriedOn): void {
    Object.assign(this.#counts, used);
    this.#lookAgain();
    this.#unreceived = { messages: used.receivedMessages - messages, bytes: used.receivedBytes - bytes };
  }

  /** `limits`, which are no laxer, hold from now on, and no more than `lineageLeft` milliseconds are left of the lineage. */
  restrict(limits: SessionLimits, lineageLeft: number, now: Instant): void {
    const left = Math.min(this.lineageLeft(now), lineageLeft, limits.lineageAge.max);
    this.#limits = limits;
    this.#lineage = { at: now, age: limits.lineageAge.max - left };
    this.#lookAgain();
  }

  /** What counts as used. */
  get used(): Readonly<Counts> {
    return this.#counts;
  }

  /** What this end has received for certain. */
  get received(): ReceivedCounts {
    const { messages, bytes } = this.#unreceived ?? { messages: 0, bytes: 0 };
    return { messages: this.#counts.receivedMessages - messages, bytes: this.#counts.receivedBytes - bytes };
  }

  /** Milliseconds since a message went either way. */
  idleAt(now: Instant): number {
    return this.#used("idle", now);
  }

  get lastActivity(): Instant {
    return this.#lastActivity;
  }

  /** Since when the lineage lives. */
  get lineage(): LineageStart {
    return this.#lineage;
  }

  /** What the session before this one did till the change counts as activity of this one. */
  takeOverActivity(of: Lifetime): void {
    if (of.#lastActivity.monotonic > this.#lastActivity.monotonic) this.#active(of.#lastActivity);
  }

  /** Milliseconds since the session began. */
  ageAt(now: Instant): number {
    return this.#used("age", now);
  }

  /** Whether a count, and not time alone, has come to its warning edge since the session began. */
  get countsAreNear(): boolean {
    return (["sentMessages", "receivedMessages", "sentBytes", "receivedBytes"] as const).some(
      name => this.#counts[name] > 0 && this.#counts[name] >= this.limits[name].warn,
    );
  }

  /** Milliseconds of the lineage's hard edge that are left. */
  lineageLeft(now: Instant): number {
    return Math.max(this.limits.lineageAge.max - this.#used("lineageAge", now), 0);
  }

  countSent(messages: number, bytes: number, now: Instant): void {
    const [counts, limits] = [this.#counts, this.#limits];
    const edge = reaches(limits.sentMessages, counts.sentMessages, messages);
    if (reaches(limits.sentBytes, counts.sentBytes, bytes) || edge) this.#atEdge();
    counts.sentMessages += messages;
    counts.sentBytes += bytes;
    this.#active(now);
  }

  countReceived(messages: number, bytes: number, now: Instant): void {
    const [counts, limits] = [this.#counts, this.#limits];
    const edge = reaches(limits.receivedMessages, counts.receivedMessages, messages);
    if (reaches(limits.receivedBytes, counts.receivedBytes, bytes) || edge) this.#atEdge();
    counts.receivedMessages += messages;
    counts.receivedBytes += bytes;
    this.#active(now);
  }

  /** Whether more than half of the way from the warning to the hard edge is used up, of what this end sends. */
  get sendingRunsOut(): boolean {
    const { sentMessages, sentBytes } = this.#limits;
    return (
      2 * this.#counts.sentMessages >= sentMessages.warn + sentMessages.max ||
      2 * this.#counts.sentBytes >= sentBytes.warn + sentBytes.max
    );
  }

  /** Whether a count has reached an edge since the last time this was asked. */
  takeEdge(): boolean {
    const reached = this.#edgeReached;
    this.#edgeReached = false;
    return reached;
  }

  /** The limit that forbids the session anything more, if one does. */
  expiredBy(now: Instant): LimitName | undefined {
    if (now.wall < this.#quietWall && now.monotonic < this.#quietMonotonic) return undefined;
    const reason = limitNames.find(name => this.#used(name, now) >= this.limits[name].max);
    if (reason === undefined) this.#quiet();
    return reason;
  }

  /** The limit that so many messages and bytes more would pass, if one would. */
  exceededBy(direction: "sent" | "received", messages: number, bytes: number): LimitName | undefined {
    const [counts, limits] = [this.#counts, this.#limits];
    if (direction === "sent") {
      if (counts.sentMessages + messages > limits.sentMessages.max) return "sentMessages";
      return counts.sentBytes + bytes > limits.sentBytes.max ? "sentBytes" : undefined;
    }
    if (counts.receivedMessages + messages > limits.receivedMessages.max) return "receivedMessages";
    return counts.receivedBytes + bytes > limits.receivedBytes.max ? "receivedBytes" : undefined;
  }

  status(now: Instant): SessionStatus {
    const reason = this.expiredBy(now);
    if (reason !== undefined) return { status: "expired", reason };
    const remaining = this.#remaining(now);
    const near = this.#nearest(now);
    if (near === undefined) return { status: "healthy", remaining };
    return { status: "near-expiry", reason: near, left: remaining[near], remaining };
  }

  /** Whether `name` has reached its warning edge. */
  isNear(name: LimitName, now: Instant): boolean {
    return this.#used(name, now) >= this.limits[name].warn;
  }

  /** What is left to the hard edge of `name`: milliseconds, messages or bytes. */
  left(name: LimitName, now: Instant): number {
    return this.limits[name].max - this.#used(name, now);
  }

  /** When, on the monotonic clock, the next edge in time is reached, if both clocks go on alike. */
  nextEdge(now: Instant): number | undefined {
    let next: number | undefined;
    for (const name of ["age", "idle", "lineageAge"] as const) {
      const used = this.#used(name, now);
      const { warn, max } = this.limits[name];
      const edge = used < warn ? warn : max;
      if (used >= max) continue;
      const at = now.monotonic + (edge - used);
      next = next === undefined ? at : Math.min(next, at);
    }
    return next;
  }

  #atEdge(): void {
    this.#edgeReached = true;
    this.#lookAgain();
  }

  /** A wall clock that has gone back brings nearer what counts from there on. */
  #active(now: Instant): void {
    if (now.wall < this.#lastActivity.wall) this.#lookAgain();
    this.#lastActivity = now;
  }

  #lookAgain(): void {
    this.#quietWall = -Infinity;
  }

  /** No limit is reached, nor will be for a time, where no count reaches its own: activity only makes it longer. */
  #quiet(): void {
    const { age, idle, lineageAge } = this.limits;
    const of = (clock: keyof Instant): number =>
      Math.min(
        this.#established[clock] + age.max,
        this.#lastActivity[clock] + idle.max,
        this.#lineage.at[clock] + lineageAge.max - this.#lineage.age,
      );
    this.#quietWall = of("wall") - rounding;
    this.#quietMonotonic = of("monotonic") - rounding;
  }

  #used(name: LimitName, now: Instant): number {
    switch (name) {
      case "age":
        return elapsed(this.#established, now);
      case "idle":
        return elapsed(this.#lastActivity, now);
      case "lineageAge":
        return this.#lineage.age + elapsed(this.#lineage.at, now);
      case "sentMessages":
      case "receivedMessages":
      case "sentBytes":
      case "receivedBytes":
        return this.#counts[name];
    }
  }

  #remaining(now: Instant): Record<LimitName, number> {
    const left = (name: LimitName): number => this.left(name, now);
    return {
      age: left("age"),
      idle: left("idle"),
      sentMessages: left("sentMessages"),
      receivedMessages: left("receivedMessages"),
      sentBytes: left("sentBytes"),
      receivedBytes: left("receivedBytes"),
      lineageAge: left("lineageAge"),
    };
  }

  #nearest(now: Instant): LimitName | undefined {
    let nearest: LimitName | undefined;
    let least = Infinity;
    for (const name of limitNames) {
      const { warn, max } = this.limits[name];
      const used = this.#used(name, now);
      if (used < warn) continue;
      const part = (max - used) / (max - warn);
      if (part < least) [nearest, least] = [name, part];
    }
    return nearest;
  }
}
