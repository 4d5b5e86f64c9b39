import type { Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { checkChainStart, type KeyUse, type RecordCrypto } from "./chain-secret.js";
import type { CounterVerdict } from "./counter-guard.js";
import { maxRotationsAhead, ReceivingEpochs, type EpochsInspection } from "./epochs.js";
import { counterGuard, type Ordering, type ReceivingEpoch } from "./receiving-epoch.js";
import {
  checkRecord,
  counterHighOf,
  counterLowOf,
  epochOf,
  epochOfRecord,
  forged,
  generationOf,
  rotationOf,
} from "./record-format.js";
import { replayWindowWidth } from "./replay-window.js";

const noAssociatedData = new Uint8Array(0);

/** The present, in milliseconds on a clock that never goes back. */
export interface MonotonicTime {
  /** In milliseconds; only differences mean something. */
  readonly monotonic: number;
}

/** What an opener begins with. */
export interface RecordOpenerOptions {
  /** The algorithms. */
  readonly provider: RecordCrypto;
  /** Of this direction and generation at rotation 0, 32 bytes. The opener takes it over and erases it. */
  readonly chainSecret: Secret;
  /** 0 to 65535. */
  readonly generation: number;
  /** Of frames. `in-order`: each counter must be the next. `out-of-order`: each counter once, within a window. */
  readonly ordering: Ordering;
  /** How long, in milliseconds, older epochs open in-flight records after the first frame of a newer one; in order, bare ones only. */
  readonly grace: number;
  /** Frames opened in this direction in earlier generations, in order; 0 by default. */
  readonly openedBefore?: bigint;
  /** For tests only: the first counter of rotation 0 instead of 1. Those before it count as opened. */
  readonly firstCounter?: bigint;
}

/**
 * Opens the records of one direction in one generation. Nothing that fails to open changes anything, but that keys
 * derived for it are kept for the next record under them.
 *
 * Records in frames and bare ones have keys of their own, and know nothing of each other. In order, the first frame of a newer epoch
 * is the last moment of the older ones' frames: from then on theirs are `epoch-unknown`. Bare records keep no order, and only frames
 * make an epoch the current one.
 *
 * @see PROTOCOL, section 2.4
 */
export class RecordOpener {
  /** Whether records come in order. */
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

  /** The newest epoch of which a frame has been opened. */
  get epoch(): number {
    return epochOf(this.#generation, this.#epochs.current.rotation);
  }

  /** When `expire` has something to do next, in monotonic milliseconds; undefined: nothing as things stand. */
  get nextExpiry(): number | undefined {
    return this.#disposed ? undefined : this.#epochs.nextExpiry;
  }

  /**
   * Frames opened in this direction before `epoch`, the current one or a newer one: what the sealer's `sealedBefore`
   * was if none is missing. In order only; else it means nothing.
   */
  openedBefore(epoch: number): bigint {
    return epoch === this.epoch
      ? this.#openedBefore
      : this.#openedBefore + this.#epochs.current.guard("frame").highest;
  }

  /**
   * Opens the record of a frame. `record`: 29 to 1,048,604 bytes. `associatedData`: what it was sealed with. `now`: the present.
   * Returns the plaintext, 1 to 1,048,576 bytes, in a buffer that the caller owns.
   *
   * @throws record-too-short, record-too-long, record-replayed, record-out-of-order, record-out-of-window,
   *   epoch-unknown, epoch-too-far, record-forged, secret-disposed: nothing has changed then, but that keys may have
   *   been derived for the epoch
   * @see PROTOCOL, section 2.4; RFC 8439, section 2.8
   */
  open(record: Uint8Array, associatedData: Uint8Array, now: MonotonicTime): Uint8Array {
    return this.#open("frame", record, associatedData, now);
  }

  /**
   * Opens a bare record, out of order on every path. It makes no epoch the current one. The plaintext stands at the beginning of
   * `output`, which is the result then, where one is given.
   *
   * @throws as `open`, never record-out-of-order; invalid-argument where the plaintext does not fit into `output`
   */
  openBare(record: Uint8Array, now: MonotonicTime, output?: Uint8Array): Uint8Array {
    return this.#open("bare", record, noAssociatedData, now, output);
  }

  /** No frame comes any more: keeps only what opens bare records that are on their way. */
  closeFrames(): void {
    this.#epochs.closeFrames();
  }

  /** Erases the oldest epochs until at most `most` (1 or more) are kept; the result is how many are. */
  keep(most: number): number {
    return this.#epochs.keep(most);
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

  #open(
    use: KeyUse,
    record: Uint8Array,
    associatedData: Uint8Array,
    now: MonotonicTime,
    output?: Uint8Array,
  ): Uint8Array {
    checkRecord(record);
    this.expire(now);
    const rotation = rotationOf(epochOfRecord(record));
    const high = counterHighOf(record);
    const low = counterLowOf(record);
    let epoch = this.#find(use, epochOfRecord(record));
    const verdict = (epoch?.guard(use) ?? counterGuard(use, this.ordering)).check(high, low);
    if (verdict !== "fresh") throw refused(verdict);
    epoch ??= this.#epochs.candidate(rotation);

    const plaintext = epoch.key(use)!.openRecord(record, associatedData, output);
    if (plaintext === undefined) throw forged();

    if (use === "frame" && rotation > this.#epochs.current.rotation) {
      const openedBefore = this.#openedBefore + this.#epochs.current.guard("frame").highest;
      this.#epochs.advanceTo(epoch, now.monotonic);
      this.#openedBefore = openedBefore;
    }
    epoch.guard(use).mark(high, low);
    return plaintext;
  }

  /** An epoch that opens, or undefined for one that may be derived; throws for all others. Derives nothing. */
  #find(use: KeyUse, epoch: number): ReceivingEpoch | undefined {
    if (generationOf(epoch) !== this.#generation) {
      throw unknown(`generation ${generationOf(epoch)} is not the present one, ${this.#generation}`);
    }
    const rotation = rotationOf(epoch);
    const kept = this.#epochs.find(rotation);
    if (kept?.opens(use) === true) return kept;
    const { rotation: current, hasChain } = this.#epochs.current;
    if (rotation <= current || !hasChain) {
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
