import { SessionError } from "../errors/index.js";
import { follow } from "./abortable.js";

/** Connections and handshakes that are being made: the end of their manager ends them. */
export class Attempts {
  readonly #running = new Set<AbortController>();

  /** Runs what `signal` or `abortAll` aborts. */
  async run<Result>(
    signal: AbortSignal | undefined,
    attempt: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { controller, unlink } = follow(signal);
    this.#running.add(controller);
    try {
      return await attempt(controller.signal);
    } finally {
      this.#running.delete(controller);
      unlink();
    }
  }

  abortAll(): void {
    for (const closing of this.#running)
      closing.abort(new SessionError("aborted", "The manager is closing."));
  }
}
