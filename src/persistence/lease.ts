import { Reader, Writer } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { ExpectedVersion, Store } from "../ports/index.js";
import type { Fence } from "./fence.js";
import { lastU64, leaseBlock, leasePrefetch, openingTries } from "./persistence-limits.js";
import { sealedName, type Seal } from "./seal.js";

/** The version of the codec: the first counter that nobody has leased (u64). */
const codec = 1;

/** How many counters at a time, and when the next ones are fetched. */
export interface LeaseOptions {
  /** Counters taken by one durable write: at least 1. Default 1,024. */
  readonly block?: number;
  /** The next block is fetched where no more than this many are left: below `block`. Default 256. */
  readonly prefetch?: number;
}

/** Counters from `next` on, `end` not among them. */
interface Block {
  next: bigint;
  readonly end: bigint;
}

/**
 * Counters (1 to 2^64 - 2) that are never given twice: they are taken ahead, in blocks, each durable in the store before its first counter is given. What
 * a crash leaves of a block is lost. A holder whose fence is overtaken gets no further block.
 *
 * @see PROTOCOL, section 11.5
 */
export class CounterLease {
  readonly #fence: Fence;
  readonly #store: Store;
  readonly #seal: Seal;
  readonly #name: string;
  readonly #size: bigint;
  readonly #prefetch: bigint;
  #block: Block = { next: 0n, end: 0n };
  #following: Block | undefined;
  /** What the store holds, where this is known for certain. */
  #stored: { readonly next: bigint; readonly version: ExpectedVersion } | undefined;
  #fetching: Promise<void> | undefined;
  #end: SessionError | undefined;

  private constructor(fence: Fence, store: Store, seal: Seal, name: string, options: LeaseOptions) {
    const { block = leaseBlock, prefetch = leasePrefetch } = options;
    if (!Number.isSafeInteger(block) || block < 1 || !(prefetch >= 0 && prefetch < block))
      throw new SessionError(
        "invalid-argument",
        "A block has at least one counter, and the next one is fetched where fewer are left than it has.",
      );
    this.#fence = fence;
    this.#store = store;
    this.#seal = seal;
    this.#name = name;
    this.#size = BigInt(block);
    this.#prefetch = BigInt(Math.trunc(prefetch));
  }

  /**
   * Takes the first block of the lease `name` under `fence`.
   *
   * @throws store-fenced, nonce-exhausted, snapshot-invalid, invalid-argument; what the store throws
   */
  static async open(
    fence: Fence,
    store: Store,
    seal: Seal,
    name: string,
    options: LeaseOptions = {},
  ): Promise<CounterLease> {
    const lease = new CounterLease(fence, store, seal, name, options);
    await lease.#fetch();
    return lease;
  }

  /** The next counter. Waits where none is left. @throws what `open` throws: no counter was given then, and after a failed write the next call tries again */
  async take(): Promise<bigint> {
    for (;;) {
      const counter = this.tryTake();
      if (counter !== undefined) return counter;
      await this.#fetch();
    }
  }

  /** The next counter, or undefined where none is left now: more are being fetched. @throws store-fenced, nonce-exhausted once it is known that there will be no more */
  tryTake(): bigint | undefined {
    if (this.#block.next === this.#block.end && this.#following !== undefined) {
      this.#block = this.#following;
      this.#following = undefined;
    }
    const { next, end } = this.#block;
    if (next === end && this.#end?.code === "nonce-exhausted") throw this.#end;
    if (this.#end?.code === "store-fenced") throw this.#end;
    // A failed fetch is told to those who wait for it; whoever comes later begins another.
    if (end - next - 1n <= this.#prefetch && this.#following === undefined)
      this.#fetch().catch(() => undefined);
    if (next === end) return undefined;
    this.#block.next = next + 1n;
    return next;
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#reserve().then(
      block => {
        this.#fetching = undefined;
        this.#following = block;
      },
      (error: unknown) => {
        this.#fetching = undefined;
        if (SessionError.is(error, "store-fenced") || SessionError.is(error, "nonce-exhausted"))
          this.#end = error;
        throw error;
      },
    );
    return this.#fetching;
  }

  /** A block is this holder's once its write was answered well; one whose answer was lost is nobody's. */
  async #reserve(): Promise<Block> {
    if (this.#end !== undefined) throw this.#end;
    for (let tries = 1; ; tries++) {
      const { next, version } = (this.#stored ??= await this.#read());
      if (next >= lastU64)
        throw new SessionError("nonce-exhausted", "All 2^64 - 2 counters of this lease have been taken.");
      const end = next + this.#size < lastU64 ? next + this.#size : lastU64;
      const bytes = this.#seal.seal(sealedName(this.#name, codec), new Writer().u64(end).finish());
      this.#stored = undefined;
      try {
        const [written] = await this.#fence.write([
          { kind: "put", name: this.#name, expected: version, bytes },
        ]);
        this.#stored = { next: end, version: written };
        return { next, end };
      } catch (error) {
        // Under a fence that holds, only an earlier write of this holder can have come between.
        if (!SessionError.is(error, "store-conflict") || tries >= openingTries) throw error;
      }
    }
  }

  async #read(): Promise<{ readonly next: bigint; readonly version: ExpectedVersion }> {
    const stored = await this.#store.get(this.#name);
    if (stored === undefined) return { next: 1n, version: undefined };
    const opened = this.#seal.open(sealedName(this.#name, codec), stored.bytes);
    const reader = new Reader(opened, "snapshot-invalid", "stored lease");
    const next = reader.u64();
    reader.end();
    return { next, version: stored.version };
  }
}
