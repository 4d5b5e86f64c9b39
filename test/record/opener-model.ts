import { replayWindowWidth, type Ordering } from "../../src/record/index.js";

/** A record on its way, as its sealer knows it. */
export interface Sent {
  readonly id: number;
  readonly framed: boolean;
  readonly bytes: Uint8Array;
  readonly rotation: number;
  readonly counter: bigint;
  /** Records sealed before its epoch. */
  readonly before: bigint;
}

interface ModelEpoch {
  readonly opened: Set<bigint>;
  highest: bigint;
  expiresAt: number;
}

/** What an opener must do, in the plainest terms: sets, no windows, no keys. */
export class OpenerModel {
  readonly #ordering: Ordering;
  readonly #grace: number;
  readonly #firstCounter: bigint;
  readonly #epochs = new Map<number, ModelEpoch>();
  #current = 0;
  #openedBefore = 0n;

  constructor(ordering: Ordering, grace: number, firstCounter: bigint) {
    this.#ordering = ordering;
    this.#grace = grace;
    this.#firstCounter = firstCounter;
    this.#epochs.set(0, { opened: new Set(), highest: firstCounter - 1n, expiresAt: Infinity });
  }

  get current(): number {
    return this.#current;
  }

  /** The error code, or "opened", of a record that arrives as it was sent; and takes note of it. */
  deliver(sent: Sent, now: number): string {
    for (const [rotation, { expiresAt }] of this.#epochs) if (expiresAt <= now) this.#epochs.delete(rotation);
    if (sent.rotation > this.#current + 64) return "epoch-too-far";
    if (sent.rotation <= this.#current && !this.#epochs.has(sent.rotation)) return "epoch-unknown";
    const epoch = this.#epochs.get(sent.rotation) ?? { opened: new Set(), highest: 0n, expiresAt: Infinity };
    const refusal = this.#refusal(sent, epoch);
    if (refusal !== undefined) return refusal;
    if (sent.rotation > this.#current) this.#advance(sent.rotation, epoch, now);
    epoch.opened.add(sent.counter);
    if (sent.counter > epoch.highest) epoch.highest = sent.counter;
    return "opened";
  }

  #refusal(sent: Sent, epoch: ModelEpoch): string | undefined {
    const first = sent.rotation === 0 ? this.#firstCounter : 1n;
    if (this.#ordering === "in-order") {
      if (sent.counter <= epoch.highest) return "record-replayed";
      if (sent.counter > epoch.highest + 1n) return "record-out-of-order";
      const passed = sent.rotation > this.#current ? this.#epochs.get(this.#current)!.highest : 0n;
      return sent.framed && sent.before !== this.#openedBefore + passed ? "record-forged" : undefined;
    }
    if (epoch.highest - sent.counter >= BigInt(replayWindowWidth)) return "record-out-of-window";
    return sent.counter < first || epoch.opened.has(sent.counter) ? "record-replayed" : undefined;
  }

  #advance(rotation: number, epoch: ModelEpoch, now: number): void {
    this.#openedBefore += this.#epochs.get(this.#current)!.highest;
    for (let skipped = this.#current + 1; skipped < rotation; skipped++) {
      this.#epochs.set(skipped, { opened: new Set(), highest: 0n, expiresAt: Infinity });
    }
    for (const [older, state] of this.#epochs) {
      state.expiresAt = Math.min(state.expiresAt, now + this.#grace);
      if (this.#ordering === "in-order" || older < rotation - 3 || state.expiresAt <= now)
        this.#epochs.delete(older);
    }
    this.#epochs.set(rotation, epoch);
    this.#current = rotation;
  }
}
