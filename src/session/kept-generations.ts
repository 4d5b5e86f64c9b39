import { copySecret } from "../bytes/index.js";
import { disposeGeneration, type RestorableGeneration } from "./restoration-state.js";

/** The generations of a session that it can be restored in: the newest, and until the peer has shown that it has that one, the one before it. */
export class KeptGenerations {
  #generations: readonly RestorableGeneration[];

  /** Takes over the secrets. */
  constructor(first: RestorableGeneration) {
    this.#generations = [first];
  }

  /** Takes over the newest one. */
  put(generation: RestorableGeneration): void {
    const [newest, ...older] = this.#generations;
    for (const old of older) disposeGeneration(old);
    this.#generations = newest === undefined ? [generation] : [generation, newest];
  }

  /** The peer has the newest one: the one before is erased. True where there was one. */
  settle(): boolean {
    const [newest, ...older] = this.#generations;
    for (const old of older) disposeGeneration(old);
    this.#generations = newest === undefined ? [] : [newest];
    return older.length > 0;
  }

  /** Copies, the newest first; the caller disposes them. */
  copies(): RestorableGeneration[] {
    return this.#generations.map(({ generation, restore: { initiator, responder }, nextRoot }) => ({
      generation,
      restore: { initiator: copySecret(initiator), responder: copySecret(responder) },
      nextRoot: copySecret(nextRoot),
    }));
  }

  dispose(): void {
    for (const generation of this.#generations) disposeGeneration(generation);
    this.#generations = [];
  }
}
