import type { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import {
  checkChainStart,
  deriveNextChainSecret,
  deriveRecordKey,
  type RecordCrypto,
} from "./chain-secret.js";
import { checkOutput, checkPlaintext, epochOf, maxRotation, recordOverhead } from "./record-format.js";
import { SealingKey } from "./sealing-key.js";

const noAssociatedData = new Uint8Array(0);

/** What a sealer begins with. */
export interface RecordSealerOptions {
  /** The algorithms. */
  readonly provider: RecordCrypto;
  /** Of this direction and generation at rotation 0, 32 bytes. The sealer takes it over and erases it. */
  readonly chainSecret: Secret;
  /** 0 to 65535. */
  readonly generation: number;
  /** Frames sealed in this direction in earlier generations; 0 by default. */
  readonly sealedBefore?: bigint;
  /** For tests only: the first counter of frames in rotation 0 instead of 1. Those before it count as sealed. */
  readonly firstCounter?: bigint;
}

/**
 * Seals the records of one direction in one generation: those of frames under one key, bare ones under another, each with its own
 * counter. No counter is used twice under a key: it is used up before anything is sealed under it, also where sealing then fails.
 *
 * @see PROTOCOL, section 2.2
 */
export class RecordSealer {
  readonly #crypto: RecordCrypto;
  readonly #generation: number;
  #chain: Secret;
  /** Undefined once disposed. */
  #frames: SealingKey | undefined;
  /** Undefined until a bare record is sealed in the epoch. */
  #bare: SealingKey | undefined;
  #rotation = 0;
  #sealedBefore: bigint;

  /** @throws invalid-argument; the chain secret has been erased then */
  constructor({
    provider,
    chainSecret,
    generation,
    sealedBefore = 0n,
    firstCounter = 1n,
  }: RecordSealerOptions) {
    checkChainStart(chainSecret, generation, firstCounter);
    this.#crypto = provider;
    this.#generation = generation;
    this.#chain = chainSecret;
    this.#frames = new SealingKey(deriveRecordKey(provider, chainSecret, "frame"), firstCounter);
    this.#sealedBefore = sealedBefore;
  }

  /** Generation (high 16 bits) and rotation (low 16 bits) of the next record. */
  get epoch(): number {
    return epochOf(this.#generation, this.#rotation);
  }

  /** Frames sealed in this direction before this epoch, in all epochs. */
  get sealedBefore(): bigint {
    return this.#sealedBefore;
  }

  /** Frames sealed in this direction, in all epochs: counters used up, to be exact. */
  get sealed(): bigint {
    return this.#sealedBefore + (this.#frames?.used ?? 0n);
  }

  /** Whether a bare record has been sealed in this epoch. */
  get bareUsed(): boolean {
    return this.#bare !== undefined;
  }

  /**
   * Seals the record of a frame. `plaintext`: 1 to 1,048,576 bytes. `associatedData`: any length.
   * Returns 28 bytes more than the plaintext, in a buffer that the caller owns.
   *
   * @throws plaintext-empty, plaintext-too-large, nonce-exhausted (rotate then), secret-disposed: no counter has been
   *   used then
   * @see PROTOCOL, section 2.2; RFC 8439, section 2.8
   */
  seal(plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array {
    checkPlaintext(plaintext);
    const record = new Uint8Array(recordOverhead + plaintext.length);
    this.sealInto(plaintext, associatedData, record, 0);
    return record;
  }

  /**
   * Seals the record of a frame, as `seal` does, to the end of `output` from `offset` on: exactly 28 bytes more than the
   * plaintext.
   *
   * @throws as `seal`
   */
  sealInto(plaintext: Uint8Array, associatedData: Uint8Array, output: Uint8Array, offset: number): void {
    checkPlaintext(plaintext);
    if (this.#frames === undefined) throw disposed();
    this.#frames.sealInto(this.epoch, plaintext, associatedData, output, offset);
  }

  /**
   * Seals a bare record: no associated data, a key and a counter that no frame uses. At the beginning of `output`, which is the result then,
   * where one is given.
   *
   * @throws as `seal`; invalid-argument where the record does not fit into `output`: no counter has been used then
   */
  sealBare(plaintext: Uint8Array, output?: Uint8Array): Uint8Array {
    checkPlaintext(plaintext);
    if (this.#frames === undefined) throw disposed();
    const length = recordOverhead + plaintext.length;
    if (output !== undefined) checkOutput(output, length);
    this.#bare ??= new SealingKey(deriveRecordKey(this.#crypto, this.#chain, "bare"));
    const record = output ?? new Uint8Array(length);
    this.#bare.sealInto(this.epoch, plaintext, noAssociatedData, record, 0);
    return record;
  }

  /**
   * Goes to the next rotation: new keys, counted from 1; the old keys and chain secret are erased.
   *
   * @throws rotation-exhausted after rotation 65535, secret-disposed: nothing has changed then
   */
  rotate(): void {
    const old = this.#frames;
    if (old === undefined) throw disposed();
    if (this.#rotation === maxRotation) {
      throw new SessionError(
        "rotation-exhausted",
        `Rotation ${maxRotation} is the last of a generation: advance the generation, or do the handshake again.`,
      );
    }
    const chain = deriveNextChainSecret(this.#crypto, this.#chain, this.#rotation + 1);
    const key = deriveRecordKey(this.#crypto, chain, "frame");
    this.#sealedBefore = this.sealed;
    old.dispose();
    this.#bare?.dispose();
    this.#bare = undefined;
    this.#chain.dispose();
    this.#frames = new SealingKey(key);
    this.#chain = chain;
    this.#rotation++;
  }

  /** Erases keys and chain secret. Whatever seals or rotates afterwards throws `secret-disposed`. */
  dispose(): void {
    this.#sealedBefore = this.sealed;
    this.#frames?.dispose();
    this.#frames = undefined;
    this.#bare?.dispose();
    this.#bare = undefined;
    this.#chain.dispose();
  }
}

function disposed(): SessionError<"secret-disposed"> {
  return new SessionError(
    "secret-disposed",
    "This sealer has been disposed: its session is over, open a new one.",
  );
}
