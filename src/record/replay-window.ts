import { Counter64 } from "../bytes/index.js";
import type { CounterGuard, CounterVerdict } from "./counter-guard.js";

const bitsInBlock = 32;
const smallestRing = 8;
const largestRing = 256;
const full = 0xffff_ffff;

/**
 * Counters, up to and with the highest, of which a window knows whether they were opened. One block of the largest
 * ring is in the making, so it does not count.
 */
export const replayWindowWidth = (largestRing - 1) * bitsInBlock;

/**
 * Accepts each counter once, in any order, while it is less than 8160 behind the highest.
 *
 * A ring of blocks of bits, as RFC 6479 has it, which no counter shifts. It takes memory when it must: none before
 * the first gap (then all counters up to the highest have been opened), and it grows, from 32 bytes to 1 KiB, only
 * when a block that still has gaps would have to leave. So what lies below a ring that is not the largest has been
 * opened, all of it.
 *
 * @see RFC 6479, section 2.2
 */
export class ReplayWindow implements CounterGuard {
  readonly #highest: Counter64;
  #ring: Uint32Array | undefined;

  constructor(firstCounter: bigint) {
    this.#highest = new Counter64(firstCounter - 1n);
  }

  get highest(): bigint {
    return this.#highest.toBigInt();
  }

  /** Bytes of the ring at present: 0, or 32 to 1024. */
  get ringLength(): number {
    return this.#ring?.byteLength ?? 0;
  }

  check(high: number, low: number): CounterVerdict {
    const ahead = this.#highest.distanceTo(high, low);
    if (ahead > 0) return "fresh";
    if (-ahead >= replayWindowWidth) return "record-out-of-window";
    const ring = this.#ring;
    if (ring === undefined || -this.#blocksTo(high, low) >= ring.length) return "record-replayed";
    return (ring[slot(ring, low >>> 5)]! & bit(low)) === 0 ? "fresh" : "record-replayed";
  }

  mark(high: number, low: number): void {
    const ahead = this.#highest.distanceTo(high, low);
    if (ahead === 1 && this.#ring === undefined) {
      this.#highest.moveTo(high, low);
      return;
    }
    if (ahead > 0) {
      this.#advance(this.#blocksTo(high, low));
      this.#highest.moveTo(high, low);
    }
    const ring = this.#ring!;
    ring[slot(ring, low >>> 5)]! |= bit(low);
  }

  /** Blocks from that of the highest counter to that of `high`, `low`. */
  #blocksTo(high: number, low: number): number {
    const blocksInHalf = 0x1_0000_0000 / bitsInBlock;
    return (high - this.#highest.high) * blocksInHalf + ((low >>> 5) - (this.#highest.low >>> 5));
  }

  #advance(blocks: number): void {
    if (blocks >= largestRing) {
      this.#ring = new Uint32Array(largestRing);
      return;
    }
    let ring = (this.#ring ??= this.#firstRing());
    const newest = this.#highest.low >>> 5;
    for (let block = newest + 1; block <= newest + blocks; block++) {
      if (ring[slot(ring, block)] !== full && ring.length < largestRing)
        ring = this.#ring = grown(ring, block - 1);
      ring[slot(ring, block)] = 0;
    }
  }

  /** A ring in which everything up to the highest counter has been opened. */
  #firstRing(): Uint32Array {
    const ring = new Uint32Array(smallestRing).fill(full);
    const { low } = this.#highest;
    ring[slot(ring, low >>> 5)] = full >>> (bitsInBlock - 1 - (low & (bitsInBlock - 1)));
    return ring;
  }
}

/** Rings have a power of two of blocks, so that a block keeps its slot across 2^32. */
function slot(ring: Uint32Array, block: number): number {
  return block & (ring.length - 1);
}

function bit(low: number): number {
  return 1 << (low & (bitsInBlock - 1));
}

/** A ring twice as long, `newest` its newest block; what it reaches beyond the old one has been opened. */
function grown(ring: Uint32Array, newest: number): Uint32Array {
  const larger = new Uint32Array(2 * ring.length).fill(full);
  for (let block = newest; block > newest - ring.length; block--) {
    larger[slot(larger, block)] = ring[slot(ring, block)]!;
  }
  return larger;
}
