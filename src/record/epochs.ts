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

/** What an epoch's guard begins with; `firstCounter` is 1 but for tests. */
export function counterGuard(ordering: Ordering, firstCounter = 1n): CounterGuard {
  return ordering === "in-order" ? new InOrderCounter(firstCounter) : new ReplayWindow(firstCounter);
}

/**
 * The epochs of one direction and generation at the receiving end: the current one, older ones in their grace time, and
 * candidates: newer ones, derived for a record that has not been authenticated. Owns all their keys and chain secrets.
 *
 * @see PROTOCOL, "Rotations"
 */
export class ReceivingEpochs {
  readonly #crypto: RecordCrypto;
  readonly #ordering: Ordering;
  readonly #grace: number;
  /** Chain secrets, the current rotation's first, then those of all rotations up to the furthest candidate. */
  #chains: Secret[];
  /** The current epoch, then the older ones, newest first; their `expiresAt` falls in this order. */
  #kept: ReceivingEpoch[];
  readonly #candidates = new Map<number, ReceivingEpoch>();

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
    this.#chains = [chainSecret];
    const key = deriveRecordKey(crypto, chainSecret);
    this.#kept = [{ rotation: 0, key, guard: counterGuard(ordering, firstCounter), expiresAt: Infinity }];
  }

  /** The newest epoch of which a record has been authenticated; rotation 0 before any. */
  get current(): ReceivingEpoch {
    return this.#kept[0]!;
  }

  /** When the next key is to be erased, in monotonic milliseconds; undefined where no grace time is running. */
  get nextExpiry(): number | undefined {
    const { expiresAt } = this.#kept[this.#kept.length - 1]!;
    return expiresAt === Infinity ? undefined : expiresAt;
  }

  /** The current epoch or one in its grace time; undefined for every other rotation. */
  find(rotation: number): ReceivingEpoch | undefined {
    for (const epoch of this.#kept) if (epoch.rotation === rotation) return epoch;
    return undefined;
  }

  /** The epoch of a rotation 1 to 64 after the current one: derived once, then cached, whatever becomes of the record. */
  candidate(rotation: number): ReceivingEpoch {
    const cached = this.#candidates.get(rotation);
    if (cached !== undefined) return cached;
    const { rotation: current } = this.current;
    for (let next = current + this.#chains.length; next <= rotation; next++) {
      this.#chains.push(deriveNextChainSecret(this.#crypto, this.#chains[next - current - 1]!, next));
    }
    const key = deriveRecordKey(this.#crypto, this.#chains[rotation - current]!);
    const epoch = { rotation, key, guard: counterGuard(this.#ordering), expiresAt: Infinity };
    this.#candidates.set(rotation, epoch);
    return epoch;
  }

  /**
   * Makes a candidate the current epoch: a record under it has been authenticated at `now` (monotonic milliseconds). Chain secrets
   * before it are erased. Where order is kept, so are all older epochs; else the last three rotations before it stay for the grace time.
   */
  advanceTo(epoch: ReceivingEpoch, now: number): void {
    const { rotation: passed } = this.current;
    const olderEpochs = this.#ordering === "in-order" ? 0 : maxOlderEpochs;
    const kept = [epoch];
    for (let skipped = epoch.rotation - 1; skipped > passed && kept.length <= olderEpochs; skipped--) {
      kept.push(this.candidate(skipped));
    }
    // Nothing below derives, so nothing below can fail half-way.
    for (const old of this.#kept) {
      if (kept.length <= olderEpochs) kept.push(old);
      else old.key.dispose();
    }
    for (const older of kept.slice(1)) older.expiresAt = Math.min(older.expiresAt, now + this.#grace);
    this.#kept = kept;
    for (const [rotation, candidate] of this.#candidates) {
      if (rotation > epoch.rotation) continue;
      this.#candidates.delete(rotation);
      if (!kept.includes(candidate)) candidate.key.dispose();
    }
    for (const chain of this.#chains.splice(0, epoch.rotation - passed)) chain.dispose();
    this.expire(now);
  }

  /** Erases the keys of older epochs whose grace time is over at `now` (monotonic milliseconds). */
  expire(now: number): void {
    while (this.#kept[this.#kept.length - 1]!.expiresAt <= now) this.#kept.pop()!.key.dispose();
  }

  /** Erases everything. Nothing may be called afterwards. */
  dispose(): void {
    for (const { key } of [...this.#kept, ...this.#candidates.values()]) key.dispose();
    for (const chain of this.#chains) chain.dispose();
    this.#candidates.clear();
  }
}
