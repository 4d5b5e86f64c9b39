const wordsInEntry = 4;

/** A map from digests of 64 bits to digests of 64 bits, 16 bytes an entry. Digests come as two unsigned halves. */
export class DigestTable {
  #words = new Uint32Array(wordsInEntry * 4096);
  #size = 0;
  /** Where the entry stands that was looked for last. */
  #at = 0;

  get size(): number {
    return this.#size;
  }

  /** `new`: it has been entered. `same`, `other`: there was one with this value, or with another one. */
  enter(keyHigh: number, keyLow: number, high: number, low: number): "new" | "same" | "other" {
    if (this.find(keyHigh, keyLow)) {
      return this.#words[this.#at + 2] === high && this.#words[this.#at + 3] === low ? "same" : "other";
    }
    this.#words.set([keyHigh, keyLow | 1, high, low], this.#at);
    this.#size++;
    if (this.#size * wordsInEntry * 2 > this.#words.length) this.#grow();
    return "new";
  }

  /** Whether the key is there with exactly this value. */
  has(keyHigh: number, keyLow: number, high: number, low: number): boolean {
    return (
      this.find(keyHigh, keyLow) && this.#words[this.#at + 2] === high && this.#words[this.#at + 3] === low
    );
  }

  find(keyHigh: number, keyLow: number): boolean {
    // The lowest bit is given up, so that no entry is all zeros.
    const wanted = (keyLow | 1) >>> 0;
    const mask = this.#words.length - 1;
    for (let at = (keyHigh * wordsInEntry) & mask; ; at = (at + wordsInEntry) & mask) {
      this.#at = at;
      const low = this.#words[at + 1];
      if (low === 0) return false;
      if (low === wanted && this.#words[at] === keyHigh) return true;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += wordsInEntry) {
      if (old[at + 1] === 0) continue;
      this.find(old[at]!, old[at + 1]!);
      this.#words.set(old.subarray(at, at + wordsInEntry), this.#at);
    }
  }
}
