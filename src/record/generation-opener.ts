import { earliest, type Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import { maxKeptEpochs, type EpochsInspection } from "./epochs.js";
import type { Ordering } from "./receiving-epoch.js";
import { checkRecord, epochOfRecord, generationOf } from "./record-format.js";
import { RecordOpener, type MonotonicTime, type RecordOpenerOptions } from "./record-opener.js";

/** Which generations and rotations of one direction open records. `expiresAt`: monotonic milliseconds. */
export interface GenerationInspection extends EpochsInspection {
  /** The present generation, from 0. */
  readonly generation: number;
  /** Agreed, and no record has opened under it. */
  readonly expected?: number;
  /**
   * The generation before, while its grace time lasts; `expiresAt` on the monotonic clock, in milliseconds.
   */
  readonly previous?: EpochsInspection & { readonly generation: number; readonly expiresAt: number };
}

interface Opening {
  readonly generation: number;
  readonly opener: RecordOpener;
}

/**
 * Opens the records of one direction through all its generations: the current one, one that is expected, and the last one for
 * its grace time. Where order is kept, the first frame of the expected one is the last moment of the current one's frames. All together
 * keep at most four epochs, besides those that no frame has proven.
 */
export class GenerationOpener {
  /** Whether records come in order. */
  readonly ordering: Ordering;
  readonly #options: RecordOpenerOptions;
  #current: Opening;
  #expected: Opening | undefined;
  #previous: (Opening & { readonly expiresAt: number }) | undefined;
  /** Frames opened before the current generation. */
  #base = 0n;

  /** As `RecordOpener`. @throws invalid-argument */
  constructor(options: RecordOpenerOptions) {
    this.ordering = options.ordering;
    this.#options = options;
    this.#current = { generation: options.generation, opener: new RecordOpener(options) };
  }

  /** The newest generation of which a frame has opened. */
  get generation(): number {
    return this.#current.generation;
  }

  /** The newest epoch of which a frame has opened. */
  get epoch(): number {
    return this.#current.opener.epoch;
  }

  /** Frames opened in this direction before `epoch`: see `RecordOpener.openedBefore`. */
  openedBefore(epoch: number): bigint {
    const expected = this.#expected;
    if (expected !== undefined && generationOf(epoch) === expected.generation) {
      return this.opened + expected.opener.openedBefore(epoch);
    }
    return this.#base + this.#current.opener.openedBefore(epoch);
  }

  /** So many frames were opened in this direction before this opener's first: say it before that one. */
  startAfter(opened: bigint): void {
    this.#base = opened;
  }

  /** Frames opened in this direction, in all epochs and generations. In order only. */
  get opened(): bigint {
    return this.#base + this.#current.opener.openedBefore(this.#current.opener.epoch + 1);
  }

  /** Records under `generation` may come from now on (its chain secret, 32 bytes, is taken over). */
  expect(generation: number, chainSecret: Secret): void {
    const { provider, ordering, grace } = this.#options;
    const opener = new RecordOpener({ provider, ordering, grace, generation, chainSecret });
    this.#expected?.opener.dispose();
    this.#expected = { generation, opener };
  }

  /** @throws as `RecordOpener.open` */
  open(record: Uint8Array, associatedData: Uint8Array, now: MonotonicTime): Uint8Array {
    const opening = this.#find(record, now);
    const plaintext = opening.opener.open(record, associatedData, now);
    if (opening === this.#expected) this.#advance(opening, now);
    this.keep(maxKeptEpochs);
    return plaintext;
  }

  /** @throws as `RecordOpener.openBare` */
  openBare(record: Uint8Array, now: MonotonicTime, output?: Uint8Array): Uint8Array {
    return this.#find(record, now).opener.openBare(record, now, output);
  }

  /** No frame comes any more: keeps only what opens bare records that are on their way. */
  closeFrames(): void {
    this.#current.opener.closeFrames();
    this.#expected?.opener.dispose();
    this.#expected = undefined;
  }

  /** Erases the oldest epochs until at most `most` (1 or more) are kept in all generations; the result is how many are. */
  keep(most: number): number {
    const kept = this.#current.opener.keep(most);
    if (this.#previous === undefined) return kept;
    if (kept < most) return kept + this.#previous.opener.keep(most - kept);
    this.#dropPrevious();
    return kept;
  }

  #find(record: Uint8Array, now: MonotonicTime): Opening {
    checkRecord(record);
    this.expire(now);
    const generation = generationOf(epochOfRecord(record));
    if (this.#current.generation === generation) return this.#current;
    const opening = [this.#expected, this.#previous].find(known => known?.generation === generation);
    if (opening === undefined) {
      throw new SessionError(
        "epoch-unknown",
        `No key opens the record: generation ${generation} is not one that is in use. It came too late, or from elsewhere.`,
      );
    }
    return opening;
  }

  #advance(opening: Opening, now: MonotonicTime): void {
    const base = this.opened;
    if (this.ordering === "in-order") this.#current.opener.closeFrames();
    this.#dropPrevious();
    this.#previous = { ...this.#current, expiresAt: now.monotonic + this.#options.grace };
    this.#current = opening;
    this.#expected = undefined;
    this.#base = base;
  }

  /** When `expire` has something to do next, in monotonic milliseconds. */
  get nextExpiry(): number | undefined {
    return earliest(
      this.#current.opener.nextExpiry,
      this.#previous?.expiresAt,
      this.#previous?.opener.nextExpiry,
    );
  }

  /** Which generations are in use. Holds no secret. */
  inspect(): GenerationInspection {
    const { generation, opener } = this.#current;
    const inspection = { generation, ...opener.inspect() };
    const expected = this.#expected?.generation;
    const previous = this.#previous;
    return {
      ...inspection,
      ...(expected !== undefined && { expected }),
      ...(previous !== undefined && {
        previous: {
          generation: previous.generation,
          expiresAt: previous.expiresAt,
          ...previous.opener.inspect(),
        },
      }),
    };
  }

  /** Erases the keys whose grace time is over. */
  expire(now: MonotonicTime): void {
    this.#current.opener.expire(now);
    if (this.#previous === undefined) return;
    if (this.#previous.expiresAt > now.monotonic) this.#previous.opener.expire(now);
    else this.#dropPrevious();
  }

  #dropPrevious(): void {
    this.#previous?.opener.dispose();
    this.#previous = undefined;
  }

  /** Erases the keys of all generations that are held. */
  dispose(): void {
    for (const opening of [this.#current, this.#expected, this.#previous]) opening?.opener.dispose();
  }
}
