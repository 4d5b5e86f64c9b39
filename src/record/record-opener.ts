import type { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { checkChainStart, type RecordCrypto } from "./chain-secret.js";
import type { CounterGuard, CounterVerdict } from "./counter-guard.js";
import {
  counterGuard,
  maxRotationsAhead,
  ReceivingEpochs,
  type EpochsInspection,
  type Ordering,
  type ReceivingEpoch,
} from "./epochs.js";
import {
  checkRecord,
  counterHighOf,
  counterLowOf,
  epochOf,
  epochOfRecord,
  forged,
  generationOf,
  nonceLength,
  recordOverhead,
  rotationOf,
} from "./record-format.js";
import { replayWindowWidth } from "./replay-window.js";

/** What the guard of every epoch says before its first record. Never marked. */
const unopened: Readonly<Record<Ordering, CounterGuard>> = {
  "in-order": counterGuard("in-order"),
  "out-of-order": counterGuard("out-of-order"),
};

/** The present, in milliseconds on a clock that never goes back. */
export interface MonotonicTime {
  readonly monotonic: number;
}

/** What an opener begins with. */
export interface RecordOpenerOptions {
  readonly provider: RecordCrypto;
  /** Of this direction and generation at rotation 0, 32 bytes. The opener takes it over and erases it. */
  readonly chainSecret: Secret;
  /** 0 to 65535. */
  readonly generation: number;
  /** `in-order`: each counter must be the next. `out-of-order`: each counter once, within a window. */
  readonly ordering: Ordering;
  /** How long, in milliseconds, older epochs open in-flight records after the first of a newer one. Without effect in order. */
  readonly grace: number;
  /** Records opened in this direction in earlier generations, in order; 0 by default. */
  readonly openedBefore?: bigint;
  /** For tests only: the first counter of rotation 0 instead of 1. Those before it count as opened. */
  readonly firstCounter?: bigint;
}

/**
 * Opens the records of one direction in one generation. Nothing that fails to open changes anything, but that keys
 * derived for it are kept for the next record under them.
 *
 * In order, the first record of a newer epoch is the last moment of the older ones: from then on theirs are
 * `epoch-unknown`. That a bare record was deleted at the end of an epoch can't be seen in that mode (the next epoch
 * counts from 1 all the same); frames bind the count of all records before their epoch, and do see it.
 *
 * @see PROTOCOL, section 2.4
 */
export class RecordOpener {
  readonly ordering: Ordering;
  readonly #epochs: ReceivingEpochs;
  readonly #generation: number;
  #openedBefore: bigint;
  #disposed = false;

  /** @throws invalid-argument; the chain secret has been erased then */
  constructor(options: RecordOpenerOptions) {
    const {
      provider,
      chainSecret,
      generation,
      ordering,
      grace,
      openedBefore = 0n,
      firstCounter = 1n,
    } = options;
    checkChainStart(chainSecret, generation, firstCounter);
    if (!(grace >= 0)) {
      chainSecret.dispose();
      throw new SessionError("invalid-argument", `The grace time must be 0 ms or more (given: ${grace}).`);
    }
    this.ordering = ordering;
    this.#generation = generation;
    this.#epochs = new ReceivingEpochs(provider, chainSecret, ordering, grace, firstCounter);
    this.#openedBefore = openedBefore;
  }

  /** The newest epoch of which a record has been opened. */
  get epoch(): number {
    return epochOf(this.#generation, this.#epochs.current.rotation);
  }

  /** When `expire` has something to do next, in monotonic milliseconds; undefined: nothing as things stand. */
  get nextExpiry(): number | undefined {
    return this.#disposed ? undefined : this.#epochs.nextExpiry;
  }

  /**
   * Records opened in this direction before `epoch`, the current one or a newer one: what the sealer's `sealedBefore`
   * was if none is missing. In order only; else it means nothing.
   */
  openedBefore(epoch: number): bigint {
    return epoch === this.epoch
      ? this.#openedBefore
      : this.#openedBefore + this.#epochs.current.guard.highest;
  }

  /**
   * Opens one record. `record`: 29 to 1,048,604 bytes. `associatedData`: what it was sealed with. `now`: the present.
   * Returns the plaintext, 1 to 1,048,576 bytes, in a buffer that the caller owns.
   *
   * @throws record-too-short, record-too-long, record-replayed, record-out-of-order, record-out-of-window,
   *   epoch-unknown, epoch-too-far, record-forged, secret-disposed: nothing has changed then, but that keys may have
   *   been derived for the epoch
   * @see PROTOCOL, section 2.4; RFC 8439, section 2.8
   */
  open(record: Uint8Array, associatedData: Uint8Array, now: MonotonicTime): Uint8Array {
    checkRecord(record);
    this.expire(now);
    const rotation = rotationOf(epochOfRecord(record));
    const high = counterHighOf(record);
    const low = counterLowOf(record);
    let epoch = this.#find(epochOfRecord(record));
    const verdict = (epoch?.guard ?? unopened[this.ordering]).check(high, low);
    if (verdict !== "fresh") throw refused(verdict);
    epoch ??= this.#epochs.candidate(rotation);

    const nonce = record.subarray(0, nonceLength);
    const tag = record.subarray(nonceLength, recordOverhead);
    const ciphertext = record.subarray(recordOverhead);
    const plaintext = new Uint8Array(ciphertext.length);
    if (!epoch.key.open(nonce, associatedData, ciphertext, tag, plaintext)) throw forged();

    if (rotation > this.#epochs.current.rotation) {
      const openedBefore = this.#openedBefore + this.#epochs.current.guard.highest;
      this.#epochs.advanceTo(epoch, now.monotonic);
      this.#openedBefore = openedBefore;
    }
    epoch.guard.mark(high, low);
    return plaintext;
  }

  /** Erases the keys whose grace time is over. */
  expire(now: MonotonicTime): void {
    if (this.#disposed) throw disposed();
    this.#epochs.expire(now.monotonic);
  }

  /** Rotations whose keys are kept, and until when. */
  inspect(): EpochsInspection {
    return this.#epochs.inspect();
  }

  /** Erases all keys and chain secrets. Whatever opens afterwards throws `secret-disposed`. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#epochs.dispose();
  }

  /** An epoch whose key is kept, or undefined for one that may be derived; throws for all others. Derives nothing. */
  #find(epoch: number): ReceivingEpoch | undefined {
    if (generationOf(epoch) !== this.#generation) {
      throw unknown(`generation ${generationOf(epoch)} is not the present one, ${this.#generation}`);
    }
    const rotation = rotationOf(epoch);
    const kept = this.#epochs.find(rotation);
    if (kept !== undefined) return kept;
    const { rotation: current } = this.#epochs.current;
    if (rotation < current) {
      throw unknown(`the key of rotation ${rotation} has been erased, the newest known is ${current}`);
    }
    if (rotation > current + maxRotationsAhead) {
      throw new SessionError(
        "epoch-too-far",
        `The record is under rotation ${rotation}, ${rotation - current} after the newest known, ${current}; ` +
          `the limit is ${maxRotationsAhead}. More was lost than can be followed, or it is forged.`,
      );
    }
    return undefined;
  }
}

const reasons = {
  "record-replayed": "The record has been opened before: drop it.",
  "record-out-of-order": "The record is not the next of its epoch: at least one before it is missing.",
  "record-out-of-window": `The record is ${replayWindowWidth} or more behind the newest of its epoch: too late to tell from a repeat.`,
} as const satisfies Record<Exclude<CounterVerdict, "fresh">, string>;

function refused(verdict: Exclude<CounterVerdict, "fresh">): SessionError {
  return new SessionError(verdict, reasons[verdict]);
}

function unknown(why: string): SessionError<"epoch-unknown"> {
  return new SessionError(
    "epoch-unknown",
    `No key opens the record: ${why}. It came too late, or from elsewhere.`,
  );
}

function disposed(): SessionError<"secret-disposed"> {
  return new SessionError(
    "secret-disposed",
    "This opener has been disposed: its session is over, open a new one.",
  );
}
