import { describe, expect, it } from "vitest";
import { CountLease, type Counts } from "../../src/session/count-lease.js";
import { defaultLimits } from "../../src/session/index.js";

const used = (sentMessages: number): Counts => ({
  sentMessages,
  receivedMessages: 0,
  sentBytes: 0,
  receivedBytes: 0,
});
const limitsTo = (max: number) => ({ ...defaultLimits, sentMessages: { warn: 1, max } });

/** Takes the next block. */
function fetch(lease: CountLease, counts: Counts, max: number): number {
  lease.propose(counts, limitsTo(max));
  lease.settle();
  return lease.ends.sentMessages;
}

describe("a lease of counts", () => {
  it("takes an eighth of what is left, at least 1, at most a block, and never beyond the limit", () => {
    for (const [max, first] of [
      [2, 1],
      [10, 1],
      [80, 10],
      [2 ** 40, 4_096],
    ] as const)
      expect(fetch(new CountLease(), used(0), max)).toBe(first);
    const lease = new CountLease();
    for (let sent = 0; sent < 10; sent++) expect(fetch(lease, used(sent), 10)).toBe(sent + 1);
    expect(fetch(lease, used(10), 10)).toBe(10);
  });

  it("leaves a session of 10 messages something after a crash, till there is one left", () => {
    let sent = 0;
    let crashes = 0;
    for (; sent < 9; crashes++) sent = fetch(new CountLease(), used(sent), 10);
    expect(crashes).toBe(9);
  });

  it("burns no block by a write that fails, nor by one for another reason", () => {
    const lease = new CountLease();
    for (let i = 0; i < 5; i++) expect(lease.propose(used(0), limitsTo(800)).sentMessages).toBe(100);
    lease.settle();
    for (let i = 0; i < 5; i++) expect(fetch(lease, used(10), 800)).toBe(100);
    expect(lease.isLow("sentMessages", 74, limitsTo(800))).toBe(false);
    expect(lease.isLow("sentMessages", 75, limitsTo(800))).toBe(true);
  });

  it("takes as much as one message needs", () => {
    const lease = new CountLease();
    lease.want("sentMessages", 50);
    expect(fetch(lease, used(0), 80)).toBe(50);
    expect(lease.covers("sentMessages", 49, 1)).toBe(true);
    expect(lease.covers("sentMessages", 49, 2)).toBe(false);
  });
});
