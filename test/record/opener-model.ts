import { replayWindowWidth, type Ordering } from "../../src/record/index.js";

/** A record on its way, as its sealer knows it. */
export interface Sent {
  readonly id: number;
  readonly framed: boolean;
  readonly bytes: Uint8Array;
  readonly rotation: number;
  readonly counter: bigint;
  /** Frames sealed before its epoch. */
  readonly before: bigint;
}

interface Counters {
  readonly opened: Set<bigint>;
  highest: bigint;
}

interface ModelEpoch {
  readonly frames: Counters;
  readonly bare: Counters;
  expiresAt: number;
}

const fresh = (highest = 0n): ModelEpoch => ({
  frames: { opened: new Set(), highest },
  bare: { opened: new Set(), highest: 0n },
  expiresAt: Infinity,
});

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
    this.#epochs.set(0, fresh(firstCounter - 1n));
  }

  get current(): number {
    return this.#current;
  }

  /** The error code, or "opened", of a record that arrives as it was sent; and takes note of it. */
  deliver(sent: Sent, now: number): string {
    for (const [rotation, { expiresAt }] of this.#epochs) if (expiresAt <= now) this.#epochs.delete(rotation);
    if (sent.rotation > this.#current + 64) return "epoch-too-far";
    const framesEnd = this.#ordering === "in-order" ? this.#current : 0;
    if (sent.framed && sent.rotation < framesEnd) return "epoch-unknown";
    if (sent.rotation <= this.#current && !this.#epochs.has(sent.rotation)) return "epoch-unknown";
    const epoch = this.#epochs.get(sent.rotation) ?? fresh();
    const counters = sent.framed ? epoch.frames : epoch.bare;
    const refusal = this.#refusal(sent, counters);
    if (refusal !== undefined) return refusal;
    this.#epochs.set(sent.rotation, epoch);
    if (sent.framed && sent.rotation > this.#current) this.#advance(sent.rotation, now);
    counters.opened.add(sent.counter);
    if (sent.counter > counters.highest) counters.highest = sent.counter;
    return "opened";
  }

  #refusal(sent: Sent, { opened, highest }: Counters): string | undefined {
    const first = sent.framed && sent.rotation === 0 ? this.#firstCounter : 1n;
    if (sent.framed && this.#ordering === "in-order") {
      if (sent.counter <= highest) return "record-replayed";
      if (sent.counter > highest + 1n) return "record-out-of-order";
      const passed = sent.rotation > this.#current ? this.#epochs.get(this.#current)!.frames.highest : 0n;
      return sent.before !== this.#openedBefore + passed ? "record-forged" : undefined;
    }
    if (highest - sent.counter >= BigInt(replayWindowWidth)) return "record-out-of-window";
    return sent.counter < first || opened.has(sent.counter) ? "record-replayed" : undefined;
  }

  #advance(rotation: number, now: number): void {
    this.#openedBefore += this.#epochs.get(this.#current)!.frames.highest;
    for (let skipped = this.#current + 1; skipped < rotation; skipped++) {
      if (!this.#epochs.has(skipped)) this.#epochs.set(skipped, fresh());
    }
    for (const [older, state] of this.#epochs) {
      if (older >= rotation) continue;
      state.expiresAt = Math.min(state.expiresAt, now + this.#grace);
      if (older < rotation - 3 || state.expiresAt <= now) this.#epochs.delete(older);
    }
    this.#current = rotation;
  }
}
