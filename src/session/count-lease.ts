import type { LimitName, SessionLimits } from "./limits.js";

/** A limit that counts; the others measure time. */
export type Countable = Exclude<LimitName, "age" | "idle" | "lineageAge">;
/** So many of each. */
export type Counts = Record<Countable, number>;

/** What this end's application has received for certain: no block that was taken ahead is in it. */
export interface ReceivedCounts {
  /** Application messages. */
  readonly messages: number;
  /** Bytes of those. */
  readonly bytes: number;
}

export const countables = ["sentMessages", "receivedMessages", "sentBytes", "receivedBytes"] as const;

/**
 * What one durable write takes ahead at most: at 25,000 messages a second six writes a second, of small ones. A crash costs a block of each limit, which
 * is nothing against the defaults.
 */
const largestBlock: Readonly<Counts> = {
  sentMessages: 4_096,
  receivedMessages: 4_096,
  sentBytes: 16 * 1_048_576,
  receivedBytes: 16 * 1_048_576,
};
/** Which part of what a limit leaves is taken ahead at most: small limits are not used up by a few crashes. */
const partOfLeft = 8;
/** Which part of a block is left when the next one is fetched. Blocks of fewer than this many are not fetched before they are needed. */
const prefetchPart = 4;
const smallestPrefetched = 16;

/** How far the counts of one session may go before the store is asked again: what lies beyond is not durable yet. */
export class CountLease {
  /** Durable. */
  readonly ends: Counts = zeros();
  readonly #sizes: Counts = zeros();
  /** What was asked for and refused, as an end. */
  readonly #wanted: Counts = zeros();
  #proposed: Counts | undefined;

  /** Whether so much more than `used` is durable already. */
  covers(name: Countable, used: number, amount: number): boolean {
    return used + amount <= this.ends[name];
  }

  /** Whoever could not have so much waits for it. */
  want(name: Countable, end: number): void {
    this.#wanted[name] = Math.max(this.#wanted[name], end);
  }

  /** Whether the next block should be fetched. */
  isLow(name: Countable, used: number, limits: SessionLimits): boolean {
    const size = this.#sizes[name];
    const end = this.ends[name];
    return size >= smallestPrefetched && end < limits[name].max && end - used <= size / prefetchPart;
  }

  /** The ends that the next write makes durable. A write that fails leaves all as it was: the next one proposes the same. */
  propose(used: Readonly<Counts>, limits: SessionLimits): Counts {
    const proposed = zeros();
    for (const name of countables) {
      const left = Math.max(limits[name].max - used[name], 0);
      const block = Math.min(largestBlock[name], Math.max(Math.floor(left / partOfLeft), 1));
      const wanted = Math.max(this.#wanted[name], used[name]);
      const lacks = this.ends[name] <= used[name] || this.isLow(name, used[name], limits);
      const end = lacks ? Math.max(wanted, used[name] + block) : Math.max(wanted, this.ends[name]);
      proposed[name] = Math.max(Math.min(end, limits[name].max), used[name]);
      if (lacks) this.#sizes[name] = block;
    }
    this.#proposed = proposed;
    return proposed;
  }

  /** What was proposed last has become durable. */
  settle(): void {
    if (this.#proposed !== undefined) Object.assign(this.ends, this.#proposed);
    this.#proposed = undefined;
  }
}

function zeros(): Counts {
  return { sentMessages: 0, receivedMessages: 0, sentBytes: 0, receivedBytes: 0 };
}
