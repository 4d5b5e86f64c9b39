/** A keyed digest of 64 bits, in two halves: fast, and enough that chance makes no two alike. Not for secrets. */
export class ByteDigest {
  readonly #seed: number;
  #a = 0;
  #b = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  begin(): this {
    this.#a = this.#seed ^ 0x9747b28c;
    this.#b = Math.imul(this.#seed, 0x85ebca6b) ^ 0x38b34ae5;
    return this;
  }

  word(word: number): this {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    const a = this.#a ^ k;
    this.#a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    k = Math.imul(word, 0x239b961b);
    k = Math.imul((k << 16) | (k >>> 16), 0xab0e9789);
    const b = this.#b ^ k;
    this.#b = (Math.imul((b << 17) | (b >>> 15), 5) + 0x0bcaa747) | 0;
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const { length } = bytes;
    const whole = length & ~3;
    let i = 0;
    for (; i < whole; i += 4) {
      this.word(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    }
    let rest = length;
    for (; i < length; i++) rest = (rest << 8) ^ bytes[i]!;
    return this.word(length).word(rest);
  }

  /** Mixes what was put in; then the halves are final. */
  finish(): this {
    const [a, b] = [this.#a, this.#b];
    this.#a = mixed(a ^ Math.imul(b, 0x9e3779b1));
    this.#b = mixed(b ^ Math.imul(a, 0x85ebca77));
    return this;
  }

  /** The first 32 bits, unsigned. */
  get high(): number {
    return this.#a >>> 0;
  }

  /** The last 32 bits, unsigned. */
  get low(): number {
    return this.#b >>> 0;
  }
}

function mixed(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
