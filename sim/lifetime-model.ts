import type { Instant } from "../src/ports/index.js";
import type { LimitName, SessionLimits } from "../src/session/index.js";

/**
 * What one end of a session has used of its limits, as somebody who only watches can tell: never more than it really has. So
 * where this says that a limit is passed, it is.
 */
export class LifetimeModel {
  readonly #limits: SessionLimits;
  readonly #lineageSince: Instant;
  #since: Instant;
  #activity: Instant;
  #counts = { sentMessages: 0, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 };

  constructor(limits: SessionLimits, now: Instant) {
    this.#limits = limits;
    this.#lineageSince = now;
    this.#since = now;
    this.#activity = now;
  }

  /** Something was sealed under another session of the lineage for the first time. */
  began(now: Instant): void {
    this.#since = now;
  }

  /** The first message was sent under another session of the lineage. */
  renewed(): void {
    this.#counts = { sentMessages: 0, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 };
  }

  sent(messages: number, bytes: number, now: Instant): void {
    this.#counts.sentMessages += messages;
    this.#counts.sentBytes += bytes;
    this.#activity = now;
  }

  /** Something has come, whether the application has taken it or not. */
  active(now: Instant): void {
    this.#activity = now;
  }

  received(bytes: number, now: Instant): void {
    this.#counts.receivedMessages++;
    this.#counts.receivedBytes += bytes;
    this.#activity = now;
  }

  /** A limit that forbids a send at `now`, besides what it adds itself; or that what has been sent has passed. */
  forbids(now: Instant): LimitName | undefined {
    const limits = this.#limits;
    if (elapsed(this.#since, now) >= limits.age.max) return "age";
    if (elapsed(this.#activity, now) >= limits.idle.max) return "idle";
    if (elapsed(this.#lineageSince, now) >= limits.lineageAge.max) return "lineageAge";
    const counts = this.#counts;
    if (counts.sentMessages >= limits.sentMessages.max) return "sentMessages";
    if (counts.sentBytes >= limits.sentBytes.max) return "sentBytes";
    // What still came under the session before counts there.
    if (counts.receivedMessages >= limits.receivedMessages.max + 30) return "receivedMessages";
    if (counts.receivedBytes >= limits.receivedBytes.max + 60_000) return "receivedBytes";
    return undefined;
  }

  /** A count that has gone beyond its limit. */
  passed(): LimitName | undefined {
    const names = ["sentMessages", "sentBytes"] as const;
    return names.find(name => this.#counts[name] > this.#limits[name].max);
  }

  /** Milliseconds used of a limit of time. */
  age(name: "age" | "idle" | "lineageAge", now: Instant): number {
    const since = { age: this.#since, idle: this.#activity, lineageAge: this.#lineageSince }[name];
    return elapsed(since, now);
  }
}

function elapsed(since: Instant, now: Instant): number {
  return Math.max(now.wall - since.wall, now.monotonic - since.monotonic, 0);
}
