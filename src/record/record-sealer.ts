import { Counter64, type Secret } from "../bytes/index.js";
import type { AeadKey } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import {
  checkChainStart,
  deriveNextChainSecret,
  deriveRecordKey,
  type RecordCrypto,
} from "./chain-secret.js";
import {
  checkPlaintext,
  epochOf,
  maxRotation,
  nonceLength,
  recordOverhead,
  writeNonce,
} from "./record-format.js";

/** What a sealer begins with. */
export interface RecordSealerOptions {
  readonly provider: RecordCrypto;
  /** Of this direction and generation at rotation 0, 32 bytes. The sealer takes it over and erases it. */
  readonly chainSecret: Secret;
  /** 0 to 65535. */
  readonly generation: number;
  /** Records sealed in this direction in earlier generations; 0 by default. */
  readonly sealedBefore?: bigint;
  /** For tests only: the first counter of rotation 0 instead of 1. Those before it count as sealed. */
  readonly firstCounter?: bigint;
}

/**
 * Seals the records of one direction in one generation. No counter is used twice under a key: it is used up before
 * anything is sealed under it, also where sealing then fails.
 *
 * @see PROTOCOL, section 2.2
 */
export class RecordSealer {
  readonly #crypto: RecordCrypto;
  readonly #generation: number;
  #chain: Secret;
  #key: AeadKey | undefined;
  #rotation = 0;
  #next: Counter64;
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
    this.#key = deriveRecordKey(provider, chainSecret);
    this.#next = new Counter64(firstCounter);
    this.#sealedBefore = sealedBefore;
  }

  /** Generation (high 16 bits) and rotation (low 16 bits) of the next record. */
  get epoch(): number {
    return epochOf(this.#generation, this.#rotation);
  }

  /** Records sealed in this direction before this epoch, in all epochs. */
  get sealedBefore(): bigint {
    return this.#sealedBefore;
  }

  /** Records sealed in this direction, in all epochs: counters used up, to be exact. */
  get sealed(): bigint {
    return this.#sealedBefore + this.#next.toBigInt() - 1n;
  }

  /**
   * Seals one record. `plaintext`: 1 to 1,048,576 bytes. `associatedData`: any length, none for a bare record.
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
   * Seals one record, as `seal` does, to the end of `output` from `offset` on: exactly 28 bytes more than the
   * plaintext.
   *
   * @throws as `seal`
   */
  sealInto(plaintext: Uint8Array, associatedData: Uint8Array, output: Uint8Array, offset: number): void {
    checkPlaintext(plaintext);
    const key = this.#key;
    if (key === undefined) throw disposed();
    if (this.#next.isLast) {
      throw new SessionError(
        "nonce-exhausted",
        "All 2^64 - 2 counters of this epoch have been used: rotate the keys before the next record.",
      );
    }
    writeNonce(output, offset, this.#next, this.epoch);
    this.#next.increment();
    const tagStart = offset + nonceLength;
    const ciphertextStart = offset + recordOverhead;
    const nonce = output.subarray(offset, tagStart);
    const tag = output.subarray(tagStart, ciphertextStart);
    key.seal(nonce, associatedData, plaintext, output.subarray(ciphertextStart), tag);
  }

  /**
   * Goes to the next rotation: a new key, counted from 1; the old key and chain secret are erased.
   *
   * @throws rotation-exhausted after rotation 65535, secret-disposed: nothing has changed then
   */
  rotate(): void {
    const oldKey = this.#key;
    if (oldKey === undefined) throw disposed();
    if (this.#rotation === maxRotation) {
      throw new SessionError(
        "rotation-exhausted",
        `Rotation ${maxRotation} is the last of a generation: advance the generation, or do the handshake again.`,
      );
    }
    const chain = deriveNextChainSecret(this.#crypto, this.#chain, this.#rotation + 1);
    const key = deriveRecordKey(this.#crypto, chain);
    oldKey.dispose();
    this.#chain.dispose();
    this.#sealedBefore = this.sealed;
    this.#key = key;
    this.#chain = chain;
    this.#rotation++;
    this.#next = new Counter64(1n);
  }

  /** Erases key and chain secret. Whatever seals or rotates afterwards throws `secret-disposed`. */
  dispose(): void {
    this.#key?.dispose();
    this.#key = undefined;
    this.#chain.dispose();
  }
}

function disposed(): SessionError<"secret-disposed"> {
  return new SessionError(
    "secret-disposed",
    "This sealer has been disposed: its session is over, open a new one.",
  );
}
