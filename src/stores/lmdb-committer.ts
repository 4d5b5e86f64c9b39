import { SessionError } from "../errors/index.js";
import { causeOfCommit, lmdbFailure } from "./lmdb-errors.js";
import type { LmdbEnvironment } from "./lmdb-environment.js";

/** A part of a commit: runs inside LMDB's transaction, wholly or not at all. */
interface Part {
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The most parts of one commit: what waits longer waits for one more flush. */
const largestGroup = 4096;

/** Group commit: whatever is asked for while one commit is under way shares the next one, and so one flush of the disk. */
export class LmdbCommitter {
  readonly #environment: LmdbEnvironment;
  readonly #atEachCommit: () => void;
  #waiting: Part[] = [];
  #draining: Promise<void> | undefined;
  /** LMDB gives up an environment whose last page it could not write. */
  #broken: SessionError | undefined;

  /** `atEachCommit` runs first in every transaction. */
  constructor(environment: LmdbEnvironment, atEachCommit: () => void) {
    this.#environment = environment;
    this.#atEachCommit = atEachCommit;
  }

  /** Resolves when what `run` did is on the disk. Where `run` throws, it is rejected with that, and nothing that `run` did has been written. */
  commit(run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject });
      // Not at once: what is asked for in the same turn shares the commit.
      this.#draining ??= Promise.resolve().then(() => this.#drain());
    });
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, largestGroup);
      this.#waiting = this.#waiting.slice(largestGroup);
      await this.#commitGroup(group);
    }
    this.#draining = undefined;
  }

  async #commitGroup(group: readonly Part[]): Promise<void> {
    if (this.#broken !== undefined) return rejectAll(group, this.#broken);
    const { root, folder } = this.#environment;
    const failed = new Map<Part, unknown>();
    try {
      await root.transaction(() => {
        this.#atEachCommit();
        for (const part of group) {
          try {
            // In a transaction this is a child of it, and what throws takes back its own writes alone.
            root.transactionSync(part.run);
          } catch (error) {
            failed.set(part, error);
          }
        }
      });
    } catch (error) {
      const failure = lmdbFailure(await causeOfCommit(error), folder);
      this.#broken = this.#fatal();
      // Whether it was written is open then.
      if (this.#broken !== undefined) return rejectAll(group, this.#broken);
      if (group.length === 1 || !SessionError.is(failure, "store-full")) return rejectAll(group, failure);
      // Nothing of it was written. Alone, what removes still can, and what is small still fits.
      for (const part of group) await this.#commitGroup([part]);
      return;
    }
    for (const part of group) {
      if (failed.has(part)) part.reject(failed.get(part));
      else part.resolve();
    }
  }

  #fatal(): SessionError | undefined {
    try {
      this.#environment.root.transactionSync(() => undefined);
      return undefined;
    } catch (cause) {
      return lmdbFailure(cause, this.#environment.folder);
    }
  }
}

function rejectAll(group: readonly Part[], error: unknown): void {
  for (const { reject } of group) reject(error);
}
