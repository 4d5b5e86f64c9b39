import { constants } from "node:os";
import { exitCode } from "./exit-codes.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The wish of the outside that the command ends: a signal, or a reader of its output that has gone. */
export class Stopping {
  readonly #abort = new AbortController();
  #name: (typeof signals)[number] | undefined;

  constructor() {
    for (const name of signals) process.on(name, this.#onSignal);
    process.stdout.on("error", this.#onOutputGone);
  }

  /** Aborts when the command is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /** The exit code of a command that was stopped. `served`: nothing was cut, since stopping it is how it ends. */
  exitCode(served: boolean): number {
    if (this.#name === undefined) return exitCode.failure;
    return served ? exitCode.ok : exitCode.signalBase + constants.signals[this.#name];
  }

  dispose(): void {
    for (const name of signals) process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    // Whoever asks twice does not want to wait.
    if (this.#name !== undefined) process.exit(exitCode.signalBase + constants.signals[name]);
    this.#name = signals.find(known => known === name);
    this.#abort.abort();
  };

  readonly #onOutputGone = (): void => this.#abort.abort();
}
