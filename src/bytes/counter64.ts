const twoTo32 = 0x1_0000_0000;

/** A counter of 64 bits in two halves of 32: exact past 2^53, and no allocation to step it. */
export class Counter64 {
  #high: number;
  #low: number;

  /** Begins at `value`, 0 to 2^64 - 1. */
  constructor(value: bigint) {
    this.#high = Number((value >> 32n) & 0xffff_ffffn);
    this.#low = Number(value & 0xffff_ffffn);
  }

  /** The upper 32 bits, unsigned. */
  get high(): number {
    return this.#high;
  }

  /** The lower 32 bits, unsigned. */
  get low(): number {
    return this.#low;
  }

  /** Whether it stands at 2^64 - 1, from where it can't step. */
  get isLast(): boolean {
    return this.#low === 0xffff_ffff && this.#high === 0xffff_ffff;
  }

  /** One more. Not to be called where `isLast`. */
  increment(): void {
    this.#low = (this.#low + 1) >>> 0;
    if (this.#low === 0) this.#high = (this.#high + 1) >>> 0;
  }

  /**
   * How far `high`, `low` (unsigned halves) is ahead of this counter; negative where it is behind. Exact to 2^53;
   * beyond that the sign is right and the size is right to one part in 2^53.
   */
  distanceTo(high: number, low: number): number {
    return (high - this.#high) * twoTo32 + (low - this.#low);
  }

  /** Moves to `high`, `low` (unsigned halves). */
  moveTo(high: number, low: number): void {
    this.#high = high;
    this.#low = low;
  }

  toBigInt(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }
}
