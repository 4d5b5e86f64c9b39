import { toHex, type RandomSource, type Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { RecordCrypto } from "./chain-secret.js";
import { frameHeaderLength, type SealedFrameType } from "./frame.js";
import type { Ordering } from "./receiving-epoch.js";
import { checkPlaintext, recordOverhead } from "./record-format.js";
import { RecordSealer } from "./record-sealer.js";
import { deriveRestoreChain } from "./restore-chain.js";
import { RestoreAssociatedData } from "./restore-frame.js";
import {
  checkRestoreScope,
  noRandom,
  restoreHash,
  restoreHeaderLength,
  restoreRandomLength,
  type RestoreScope,
} from "./restore-header.js";

/** What a sealer of restore epochs begins with. */
export interface RestoreSealerOptions extends RestoreScope {
  /** The algorithms. */
  readonly provider: RecordCrypto;
  /** Where R is drawn: 32 bytes. */
  readonly random: RandomSource;
  /** Of the direction and generation, 32 bytes: taken over, and erased by `dispose`. */
  readonly restoreSecret: Secret;
  /** This end's: 1 to 2^64 - 1. */
  readonly fence: bigint;
  /** As the opener at the other end has it. */
  readonly ordering: Ordering;
  /** How many renewals have led to the session; 0 by default. */
  readonly renewals?: number;
}

/**
 * Seals the frames of one direction and generation after a restore. It draws its own R, so that no two sealers have a key in common,
 * whatever they were restored from. There are no bare records.
 *
 * @see PROTOCOL, section 20
 */
export class RestoreSealer {
  /** Its R: 32 bytes. */
  readonly random: Uint8Array;
  readonly #options: RestoreSealerOptions;
  /** Every R' that it has sealed under, in hexadecimal: none comes again. */
  readonly #used = new Set<string>();
  #records: RecordSealer;
  #associatedData: RestoreAssociatedData;
  #peerRandom: Uint8Array = noRandom;

  /** @throws invalid-argument; the restore secret has been erased then */
  constructor(options: RestoreSealerOptions) {
    const { fence, restoreSecret } = options;
    try {
      checkRestoreScope(options);
      if (fence < 1n || fence > 0xffff_ffff_ffff_ffffn)
        throw new SessionError("invalid-argument", `A fence is 1 to 2^64 - 1 (given: ${fence}).`);
    } catch (error) {
      restoreSecret.dispose();
      throw error;
    }
    this.#options = options;
    this.random = options.random(restoreRandomLength);
    [this.#records, this.#associatedData] = this.#epoch(noRandom);
  }

  /** Generation and rotation of the next record. */
  get epoch(): number {
    return this.#records.epoch;
  }

  /** Frames sealed in the present restore epoch. */
  get sealed(): bigint {
    return this.#records.sealed;
  }

  /** Whether a frame has been sealed under the present rotation. */
  get frameSealed(): boolean {
    return this.#records.sealed > this.#records.sealedBefore;
  }

  /** Seals under `peerRandom` (32 bytes, copied) from now on: the R of the peer that was accepted. The present one again: nothing. @throws invalid-argument for an earlier one */
  answer(peerRandom: Uint8Array): void {
    const copy = Uint8Array.from(peerRandom);
    if (toHex(copy) === toHex(this.#peerRandom)) return;
    if (copy.length !== restoreRandomLength || this.#used.has(toHex(copy)))
      throw new SessionError(
        "invalid-argument",
        "An R has 32 bytes, and one that was left is never taken up again.",
      );
    const [records, associatedData] = this.#epoch(copy);
    this.#records.dispose();
    [this.#records, this.#associatedData, this.#peerRandom] = [records, associatedData, copy];
  }

  /**
   * Seals one frame. `plaintext`: 1 to 1,048,576 bytes. Returns 102 bytes more, the caller's.
   *
   * @throws plaintext-empty, plaintext-too-large, nonce-exhausted, secret-disposed: no counter has been used then
   */
  seal(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    checkPlaintext(plaintext);
    const offset = frameHeaderLength + restoreHeaderLength;
    const frame = new Uint8Array(offset + recordOverhead + plaintext.length);
    frame[0] = type;
    frame.set(this.#associatedData.front, 1);
    const associatedData = this.#associatedData.set(type, this.#records.sealedBefore);
    this.#records.sealInto(plaintext, associatedData, frame, offset);
    return frame;
  }

  /** Goes to the next rotation. @throws session-not-active before the first answer, since a restored peer could not open that; rotation-exhausted, secret-disposed */
  rotate(): void {
    if (this.#peerRandom === noRandom)
      throw new SessionError("session-not-active", "Keys are not rotated before the peer's R is known.");
    this.#records.rotate();
  }

  /** Erases all keys and the restore secret. */
  dispose(): void {
    this.#records.dispose();
    this.#options.restoreSecret.dispose();
  }

  #epoch(peerRandom: Uint8Array): [RecordSealer, RestoreAssociatedData] {
    const { provider, restoreSecret, generation, fence, sessionId, ordering, renewals = 0 } = this.#options;
    const { random } = this;
    const chainSecret = deriveRestoreChain(provider, restoreSecret, { ...this.#options, random, peerRandom });
    this.#used.add(toHex(peerRandom));
    const peerHash = restoreHash(provider.hash, peerRandom);
    return [
      new RecordSealer({ provider, chainSecret, generation }),
      new RestoreAssociatedData({ fence, random, peerHash }, sessionId, ordering, renewals),
    ];
  }
}
