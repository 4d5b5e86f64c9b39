import { earliest, type Secret } from "../bytes/index.js";
import type { RecordCrypto } from "./chain-secret.js";
import { ReceivingEpoch, type Ordering } from "./receiving-epoch.js";

/** How many rotations ahead of the current one a record may be. It bounds what a forged record can cost. */
export const maxRotationsAhead = 64;
/** Epochs whose keys are kept in a direction, over all generations and sessions of a lineage: the current one, and older ones. */
export const maxKeptEpochs = 4;

/** Which rotations a receiving direction keeps keys of. */
export interface EpochsInspection {
  /** The present rotation, from 0. */
  readonly rotation: number;
  /** Newest first. `expiresAt`: monotonic milliseconds. */
  readonly older: readonly { readonly rotation: number; readonly expiresAt: number }[];
}

/**
 * The epochs of one direction and generation at the receiving end: the current one, older ones in their grace time, and
 * candidates: newer ones, derived for a record that has not been authenticated, or for a bare one, which proves no epoch. Owns all
 * their keys and chain secrets.
 *
 * @see PROTOCOL, sections 2.4 and 2.6
 */
export class ReceivingEpochs {
  readonly #crypto: RecordCrypto;
  readonly #ordering: Ordering;
  readonly #grace: number;
  /** From the current rotation up to the furthest candidate. */
  readonly #links: ReceivingEpoch[];
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
    this.#links = [new ReceivingEpoch(crypto, 0, chainSecret, ordering, firstCounter)];
  }

  /** The newest epoch of which a frame has been authenticated; rotation 0 before any. */
  get current(): ReceivingEpoch {
    return this.#links[0]!;
  }

  /** When the next key is to be erased, in monotonic milliseconds; undefined where no grace time ends. */
  get nextExpiry(): number | undefined {
    return earliest(this.#older.at(-1)?.expiresAt);
  }

  /** The current epoch, one in its grace time or a candidate that has been derived; undefined for every other rotation. */
  find(rotation: number): ReceivingEpoch | undefined {
    const ahead = rotation - this.current.rotation;
    return ahead >= 0 ? this.#links[ahead] : this.#older.find(epoch => epoch.rotation === rotation);
  }

  /** The epoch of a rotation 1 to 64 after the current one: derived once, then kept, whatever becomes of the record. */
  candidate(rotation: number): ReceivingEpoch {
    for (let last = this.#links.at(-1)!; last.rotation < rotation; last = this.#links.at(-1)!) {
      const next = last.rotation + 1;
      this.#links.push(new ReceivingEpoch(this.#crypto, next, last.nextChain()!, this.#ordering, 1n));
    }
    return this.find(rotation)!;
  }

  /**
   * Makes a candidate the current epoch: a frame under it has been authenticated at `now` (monotonic milliseconds).
   * Chain secrets before it are erased. The last three rotations before it stay for the grace time: where order is kept, for bare
   * records only.
   */
  advanceTo(epoch: ReceivingEpoch, now: number): void {
    const passed = this.#links.slice(0, epoch.rotation - this.current.rotation).reverse();
    const older = [...passed, ...this.#older].slice(0, maxKeptEpochs - 1);
    for (const old of older) this.#derive(old);
    // Nothing below derives, so nothing below can fail half-way.
    for (const old of [...passed, ...this.#older]) {
      if (older.includes(old)) old.retire(this.#framesOfOlderCome);
      else old.dispose();
    }
    for (const old of older) old.expiresAt = Math.min(old.expiresAt, now + this.#grace);
    this.#links.splice(0, passed.length);
    this.#older = older;
    this.expire(now);
  }

  /** No frame and no newer epoch comes any more: erases what only those would need. */
  closeFrames(): void {
    this.#derive(this.current);
    this.current.retire(false);
    for (const candidate of this.#links.splice(1)) candidate.dispose();
  }

  /** Erases the oldest epochs until at most `most` (1 or more) are kept, the current one among them; the result is how many are. */
  keep(most: number): number {
    while (this.#older.length >= most) this.#older.pop()!.dispose();
    return this.#older.length + 1;
  }

  /** Rotations whose keys are kept, and until when. */
  inspect(): EpochsInspection {
    return {
      rotation: this.current.rotation,
      older: this.#older.map(({ rotation, expiresAt }) => ({ rotation, expiresAt })),
    };
  }

  /** Erases the keys of older epochs whose grace time is over at `now` (monotonic milliseconds). */
  expire(now: number): void {
    while (this.#older.length > 0 && this.#older.at(-1)!.expiresAt <= now) this.#older.pop()!.dispose();
  }

  /** Erases everything. Nothing may be called afterwards. */
  dispose(): void {
    for (const epoch of [...this.#older, ...this.#links]) epoch.dispose();
  }

  get #framesOfOlderCome(): boolean {
    return this.#ordering === "out-of-order";
  }

  /** Derives what an epoch needs after its chain secret is gone. */
  #derive(epoch: ReceivingEpoch): void {
    epoch.key("bare");
    if (this.#framesOfOlderCome) epoch.key("frame");
  }
}
