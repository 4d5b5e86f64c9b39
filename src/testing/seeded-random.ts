/**
 * Random numbers that a seed and the name of a stream determine, so that a failure can be had again: xoshiro128**. `bytes` is a
 * `RandomSource` for tests; it must make no key outside of them.
 *
 * @see Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: a whole number. `stream` separates what one seed is used for, so that a new use changes no other. */
  constructor(seed: number, stream = "") {
    let state = Math.imul(seed, 0x9e3779b1) ^ 0x243f6a88;
    for (let i = 0; i < stream.length; i++) state = Math.imul(state ^ stream.charCodeAt(i), 0x01000193);
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    // Four zeros would stay zeros.
    [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next() | 1];
  }

  /** 32 bits, unsigned. */
  u32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** 0 to below 1. */
  fraction(): number {
    return this.u32() / 0x1_0000_0000;
  }

  /** A whole number, 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with that probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of `items`, of which there is at least one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** Times between events that come independently, `mean` apart. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.fraction());
  }

  /** So many bytes: the `random` option of a `SessionManager`. */
  readonly bytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 4) {
      const word = this.u32();
      for (let i = 0; i < 4 && offset + i < length; i++) bytes[offset + i] = word >>> (8 * i);
    }
    return bytes;
  };
}
