import type { Secret } from "../bytes/index.js";
import type { AeadKey } from "../crypto/index.js";
import { deriveNextChainSecret, deriveRecordKey, type RecordCrypto } from "./chain-secret.js";
import type { CounterGuard } from "./counter-guard.js";
import { InOrderCounter } from "./in-order-counter.js";
import { ReplayWindow } from "./replay-window.js";

/** Whether the records of one direction arrive in the order in which they were sealed. */
export type Ordering = "in-order" | "out-of-order";

/** How many rotations ahead of the current one a record may be. It bounds what a forged record can cost. */
export const maxRotationsAhead = 64;
/** Epochs whose keys are kept beside the current one, where order is not. */
export const maxOlderEpochs = 3;

/** One rotation of a receiving direction: its record key, and which of its counters were opened. */
export interface ReceivingEpoch {
  readonly rotation: number;
  readonly key: AeadKey;
  readonly guard: CounterGuard;
  /** Monotonic milliseconds at which the key is erased; Infinity while no newer epoch has been authenticated. */
  expiresAt: number;
}

/** Which rotations a receiving direction keeps keys of. */
export interface EpochsInspection {
  readonly rotation: number;
  /** Newest first. `expiresAt`: monotonic milliseconds. */
  readonly older: readonly { readonly rotation: number; readonly expiresAt: number }[];
}

/** What an epoch's guard begins with; `firstCounter` is 1 but for tests. */
export function counterGuard(ordering: Ordering, firstCounter = 1n): CounterGuard {
  return ordering === "in-order" ? new InOrderCounter(firstCounter) : new ReplayWindow(firstCounter);
}

/** A step of the chain: its secret, and its epoch once a record came for it. */
interface Link {
  readonly chain: Secret;
  epoch: ReceivingEpoch | undefined;
}

/**
 * The epochs of one direction and generation at the receiving end: the current one, older ones in their grace time, and
 * candidates: newer ones, derived for a record that has not been authenticated. Owns all their keys and chain secrets.
 *
 * @see PROTOCOL, sections 2.4 and 2.6
 */
export class ReceivingEpochs {
  readonly #crypto: RecordCrypto;
  readonly #ordering: Ordering;
  readonly #grace: number;
  /** From the current rotation up to the furthest candidate. */
  readonly #links: Link[];
  #current: ReceivingEpoch;
  /** Newest first; their `expiresAt` falls in this order. */
  #older: ReceivingEpoch[] = [];

  /** Takes over `chainSecret` (32 bytes), that of rotation 0. `grace` is in milliseconds. */
  constructor(
    crypto: RecordCrypto,
    chainSecret: Secret,
    ordering: Ordering,
    grace: number,
    firstCounter: bigint,
  ) {
    this.#crypto = crypto;
    this.#ordering = ordering;
    this.#grace = grace;
    this.#current = this.#derive(0, chainSecret, firstCounter);
    this.#links = [{ chain: chainSecret, epoch: this.#current }];
  }

  /** The newest epoch of which a record has been authenticated; rotation 0 before any. */
  get current(): ReceivingEpoch {
    return this.#current;
  }

  /** When the next key is to be erased, in monotonic milliseconds; undefined where no grace time ends. */
  get nextExpiry(): number | undefined {
    const expiresAt = this.#older.at(-1)?.expiresAt;
    return expiresAt === Infinity ? undefined : expiresAt;
  }

  /** The current epoch or one in its grace time; undefined for every other rotation. */
  find(rotation: number): ReceivingEpoch | undefined {
    if (rotation === this.#current.rotation) return this.#current;
    return this.#older.find(epoch => epoch.rotation === rotation);
  }

  /** The epoch of a rotation 1 to 64 after the current one: derived once, then kept, whatever becomes of the record. */
  candidate(rotation: number): ReceivingEpoch {
    const { rotation: current } = this.#current;
    for (let next = current + this.#links.length; next <= rotation; next++) {
      const { chain } = this.#links[next - 1 - current]!;
      this.#links.push({ chain: deriveNextChainSecret(this.#crypto, chain, next), epoch: undefined });
    }
    const link = this.#links[rotation - current]!;
    return (link.epoch ??= this.#derive(rotation, link.chain, 1n));
  }

  /**
   * Makes a candidate the current epoch: a record under it has been authenticated at `now` (monotonic milliseconds).
   * Chain secrets before it are erased. Where order is kept, so are all older epochs; else the last three rotations
   * before it stay for the grace time.
   */
  advanceTo(epoch: ReceivingEpoch, now: number): void {
    const { rotation: passed } = this.#current;
    const olderEpochs = this.#ordering === "in-order" ? 0 : maxOlderEpochs;
    const older: ReceivingEpoch[] = [];
    for (let skipped = epoch.rotation - 1; skipped > passed && older.length < olderEpochs; skipped--) {
      older.push(this.candidate(skipped));
    }
    // Nothing below derives, so nothing below can fail half-way.
    for (const link of this.#links.splice(0, epoch.rotation - passed)) {
      link.chain.dispose();
      if (link.epoch !== this.#current && !older.includes(link.epoch!)) link.epoch?.key.dispose();
    }
    for (const old of [this.#current, ...this.#older]) {
      if (older.length < olderEpochs) older.push(old);
      else old.key.dispose();
    }
    for (const old of older) old.expiresAt = Math.min(old.expiresAt, now + this.#grace);
    this.#current = epoch;
    this.#older = older;
    this.expire(now);
  }

  /** Rotations whose keys are kept, and until when. */
  inspect(): EpochsInspection {
    return {
      rotation: this.#current.rotation,
      older: this.#older.map(({ rotation, expiresAt }) => ({ rotation, expiresAt })),
    };
  }

  /** Erases the keys of older epochs whose grace time is over at `now` (monotonic milliseconds). */
  expire(now: number): void {
    while (this.#older.length > 0 && this.#older.at(-1)!.expiresAt <= now) this.#older.pop()!.key.dispose();
  }

  /** Erases everything. Nothing may be called afterwards. */
  dispose(): void {
    for (const { key } of this.#older) key.dispose();
    for (const { chain, epoch } of this.#links) {
      chain.dispose();
      epoch?.key.dispose();
    }
  }

  #derive(rotation: number, chain: Secret, firstCounter: bigint): ReceivingEpoch {
    const key = deriveRecordKey(this.#crypto, chain);
    return { rotation, key, guard: counterGuard(this.#ordering, firstCounter), expiresAt: Infinity };
  }
}
