import type { Secret } from "../bytes/index.js";
import { RecordSealer, type RecordSealerOptions } from "./record-sealer.js";

/** Seals the records of one direction through all its generations: one at a time, the older one's keys erased. */
export class GenerationSealer {
  readonly #provider: RecordSealerOptions["provider"];
  #current: RecordSealer;
  #generation: number;

  /** As `RecordSealer`. @throws invalid-argument */
  constructor(options: RecordSealerOptions) {
    this.#provider = options.provider;
    this.#generation = options.generation;
    this.#current = new RecordSealer(options);
  }

  /** The generation that seals, from 0. */
  get generation(): number {
    return this.#generation;
  }

  /** Generation (high 16 bits) and rotation (low 16 bits) of the next record. */
  get epoch(): number {
    return this.#current.epoch;
  }

  /** Frames sealed in this direction before this epoch, in all epochs and generations. */
  get sealedBefore(): bigint {
    return this.#current.sealedBefore;
  }

  /** Frames sealed in this direction, in all epochs and generations. */
  get sealed(): bigint {
    return this.#current.sealed;
  }

  /** Whether a bare record has been sealed in this epoch. */
  get bareUsed(): boolean {
    return this.#current.bareUsed;
  }

  /** @throws as `RecordSealer.sealBare` */
  sealBare(plaintext: Uint8Array, output?: Uint8Array): Uint8Array {
    return this.#current.sealBare(plaintext, output);
  }

  /** @throws as `RecordSealer.sealInto` */
  sealInto(plaintext: Uint8Array, associatedData: Uint8Array, output: Uint8Array, offset: number): void {
    this.#current.sealInto(plaintext, associatedData, output, offset);
  }

  /** @throws as `RecordSealer.rotate` */
  rotate(): void {
    this.#current.rotate();
  }

  /** Goes on under another generation (its chain secret, 32 bytes, is taken over). @throws invalid-argument: nothing has changed then */
  advance(generation: number, chainSecret: Secret): void {
    const next = new RecordSealer({
      provider: this.#provider,
      chainSecret,
      generation,
      sealedBefore: this.#current.sealed,
    });
    this.#current.dispose();
    this.#current = next;
    this.#generation = generation;
  }

  /** Erases the key. */
  dispose(): void {
    this.#current.dispose();
  }
}
