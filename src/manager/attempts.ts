import { SessionError } from "../errors/index.js";

/** Connections and handshakes that are being made: the end of their manager ends them. */
export class Attempts {
  readonly #running = new Set<AbortController>();

  /** Runs what `signal` or `abortAll` aborts. */
  async run<Result>(
    signal: AbortSignal | undefined,
    attempt: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const closing = new AbortController();
    this.#running.add(closing);
    try {
      return await attempt(signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]));
    } finally {
      this.#running.delete(closing);
    }
  }

  abortAll(): void {
    for (const closing of this.#running)
      closing.abort(new SessionError("aborted", "The manager is closing."));
  }
}
