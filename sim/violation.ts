/** Collects what was found, and the last things that happened before. */
export class Findings {
  readonly #trace: string[] = [];
  readonly #now: () => number;
  /** The first violation; what comes later may be its consequence. */
  first: { readonly at: number; readonly message: string; readonly trace: readonly string[] } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes something for the reader of a failure. */
  note(line: string): void {
    this.#trace.push(`${(this.#now() / 1000).toFixed(3)} s  ${line}`);
    if (this.#trace.length > 60) this.#trace.splice(0, 20);
  }

  report(message: string): void {
    this.first ??= { at: this.#now(), message, trace: [...this.#trace] };
  }

  require(holds: boolean, message: () => string): void {
    if (!holds) this.report(message());
  }
}
