import type { Secret } from "../bytes/index.js";
import type { AeadKey } from "../crypto/index.js";
import { deriveNextChainSecret, deriveRecordKey, type KeyUse, type RecordCrypto } from "./chain-secret.js";
import type { CounterGuard } from "./counter-guard.js";
import { InOrderCounter } from "./in-order-counter.js";
import { ReplayWindow } from "./replay-window.js";

/** Whether the frames of one direction arrive in the order in which they were sealed. */
export type Ordering = "in-order" | "out-of-order";

/** What a guard begins with. Bare records keep no order, on any path. `firstCounter` is 1 but for tests. */
export function counterGuard(use: KeyUse, ordering: Ordering, firstCounter = 1n): CounterGuard {
  const inOrder = use === "frame" && ordering === "in-order";
  return inOrder ? new InOrderCounter(firstCounter) : new ReplayWindow(firstCounter);
}

/**
 * One rotation of a receiving direction: its two keys, and which of their counters were opened. A key is derived when it is first
 * needed, while the chain secret is there.
 */
export class ReceivingEpoch {
  readonly rotation: number;
  /** Monotonic milliseconds at which the keys are erased; Infinity while no newer epoch has been authenticated. */
  expiresAt = Infinity;
  readonly #crypto: RecordCrypto;
  readonly #frameGuard: CounterGuard;
  /** Undefined until a bare record has come. */
  #bareGuard: CounterGuard | undefined;
  readonly #keys: Partial<Record<KeyUse, AeadKey>> = {};
  #chain: Secret | undefined;

  /** Takes over `chain` (32 bytes). */
  constructor(
    crypto: RecordCrypto,
    rotation: number,
    chain: Secret,
    ordering: Ordering,
    firstCounter: bigint,
  ) {
    this.#crypto = crypto;
    this.rotation = rotation;
    this.#chain = chain;
    this.#frameGuard = counterGuard("frame", ordering, firstCounter);
  }

  /** Whether later epochs can be derived from this one. */
  get hasChain(): boolean {
    return this.#chain !== undefined;
  }

  /** Whether `key` gives one. */
  opens(use: KeyUse): boolean {
    return this.#chain !== undefined || this.#keys[use] !== undefined;
  }

  guard(use: KeyUse): CounterGuard {
    return use === "frame" ? this.#frameGuard : (this.#bareGuard ??= new ReplayWindow(1n));
  }

  /** The key, the epoch's to erase; undefined where it has been erased. */
  key(use: KeyUse): AeadKey | undefined {
    if (this.#chain === undefined) return this.#keys[use];
    return (this.#keys[use] ??= deriveRecordKey(this.#crypto, this.#chain, use));
  }

  /** The chain secret of the next rotation, the caller's; undefined where this one's has been erased. */
  nextChain(): Secret | undefined {
    if (this.#chain === undefined) return undefined;
    return deriveNextChainSecret(this.#crypto, this.#chain, this.rotation + 1);
  }

  /** Erases the chain secret, and the key for frames if none can come. What stays has been derived before, by `key`. */
  retire(framesMayCome: boolean): void {
    this.#chain?.dispose();
    this.#chain = undefined;
    if (framesMayCome) return;
    this.#keys.frame?.dispose();
    delete this.#keys.frame;
  }

  dispose(): void {
    this.#chain?.dispose();
    this.#chain = undefined;
    for (const use of ["frame", "bare"] as const) {
      this.#keys[use]?.dispose();
      delete this.#keys[use];
    }
  }
}
