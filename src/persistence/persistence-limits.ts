/** The last number that 64 bits hold: what counts with it refuses to wrap. */
export const lastU64 = 0xffff_ffff_ffff_ffffn;

/**
 * Bytes of the id that an opener of a fence and a claimer write, so that each knows its own write again when its answer was lost: 128 random bits,
 * which nobody draws twice.
 */
export const ownerIdLength = 16;

/**
 * Times that an opener tries again, where somebody else was first. Each conflict is another's success, so that all get through in as many tries as
 * there are openers; beyond this many the store is at fault, and the caller is told.
 */
export const openingTries = 64;

/**
 * Counters that a lease takes in one durable write. A crash loses what is left of a block, which costs nothing of 2^64; but one write
 * for a thousand messages is cheap enough not to be seen beside them.
 */
export const leaseBlock = 1_024;

/**
 * Counters left at which the next block is fetched: at 25,000 messages a second, what a write of 10 ms takes.
 */
export const leasePrefetch = 256;

/** Parts of one merged transaction: beyond, a commit takes longer than those who come next want to wait. */
export const groupParts = 1_024;

/**
 * Lineages that are kept of one peer: one that connects anew each time, and never closes, leaves no more behind. As many devices behind one key as
 * anybody has; each new lineage of a peer reads the others once, 0.1 ms each.
 */
export const lineagesPerPeer = 64;

/** Bytes of values in one merged transaction, at most, where it has more than one caller's. */
export const groupBytes = 4 * 2 ** 20;

/** Writes that wait, at most: what 64 sessions can have under way, 64 each. Beyond that a caller is refused. */
export const groupWaiting = 4_096;
