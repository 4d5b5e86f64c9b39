import { Counter64 } from "../bytes/index.js";
import type { AeadKey } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { writeNonce } from "./record-format.js";

/** A key that seals, and its counter: used up before anything is sealed under it, also where sealing then fails. */
export class SealingKey {
  readonly #key: AeadKey;
  readonly #next: Counter64;

  /** Takes over `key`. `firstCounter` is 1 but for tests. */
  constructor(key: AeadKey, firstCounter = 1n) {
    this.#key = key;
    this.#next = new Counter64(firstCounter);
  }

  /** Counters used up. */
  get used(): bigint {
    return this.#next.toBigInt() - 1n;
  }

  /**
   * Seals a record under `epoch` to the end of `output` from `offset` on: 28 bytes more than the plaintext, which is the caller's to check.
   *
   * @throws nonce-exhausted: no counter has been used then
   * @see RFC 8439, section 2.8
   */
  sealInto(
    epoch: number,
    plaintext: Uint8Array,
    associatedData: Uint8Array,
    output: Uint8Array,
    offset: number,
  ): void {
    if (this.#next.isLast) {
      throw new SessionError(
        "nonce-exhausted",
        "All 2^64 - 2 counters of this epoch have been used: rotate the keys before the next record.",
      );
    }
    writeNonce(output, offset, this.#next, epoch);
    this.#next.increment();
    this.#key.sealRecord(associatedData, plaintext, output, offset);
  }

  dispose(): void {
    this.#key.dispose();
  }
}
