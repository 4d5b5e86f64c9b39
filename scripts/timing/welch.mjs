/** Mean, variance and number, as values come (Welford). */
class Sample {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value) {
    this.#count++;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  get count() {
    return this.#count;
  }

  get mean() {
    return this.#mean;
  }

  /** Of the mean. */
  get variance() {
    return this.#squares / (this.#count - 1) / this.#count;
  }
}

/** Welch's t of two sets of values: how far their means are apart, in standard errors. */
export function welch(a, b) {
  const [one, other] = [new Sample(), new Sample()];
  for (const value of a) one.add(value);
  for (const value of b) other.add(value);
  const t = (one.mean - other.mean) / Math.sqrt(one.variance + other.variance);
  return { t, counts: [one.count, other.count], means: [one.mean, other.mean] };
}

/** Both without what is above the `share` (0 to 1) of all values together: an interrupted measurement says nothing. */
export function cropped(a, b, share) {
  const sorted = Float64Array.from(a.concat(b)).sort();
  const limit = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return [a.filter(value => value <= limit), b.filter(value => value <= limit)];
}
