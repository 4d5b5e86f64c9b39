import { earliest } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import type { Ordering } from "../record/index.js";
import type { ExchangeKind, ExchangeMessage } from "./control.js";
import type { EstablishedPhase } from "./established-phase.js";
import { TokenBucket, type Rate } from "./token-bucket.js";

type ProposalKind = "propose-generation" | "propose-renewal";

/** A proposal of the peer, and the session that it came under. */
export interface HeldProposal {
  readonly message: ExchangeMessage;
  readonly phase: EstablishedPhase;
}

/**
 * Bounds what a peer's proposals can cost: those that come too soon, or while the path takes no answer, wait, the newest of each kind, and
 * are answered when it is time.
 */
export class ProposalGate {
  readonly #ordering: Ordering;
  readonly #rate: Rate;
  readonly #buckets: Partial<Record<ExchangeKind, TokenBucket>> = {};
  #waiting: Map<ProposalKind, HeldProposal> | undefined;
  #blocked = false;

  constructor(rate: Rate, ordering: Ordering) {
    this.#rate = rate;
    this.#ordering = ordering;
  }

  /** Whether the path takes no frames. */
  get blocked(): boolean {
    return this.#blocked;
  }

  set blocked(blocked: boolean) {
    this.#blocked = blocked;
  }

  /**
   * Whether a message is to be read now; else a proposal waits in the place of an earlier one, and an answer that is `awaited` is dropped: on
   * datagrams, where a wrong one changes nothing and costs a handshake, and a right one comes again.
   */
  admits(message: ExchangeMessage, phase: EstablishedPhase, awaited: boolean, now: Instant): boolean {
    const { kind } = message;
    if (kind !== "propose-generation" && kind !== "propose-renewal")
      return this.#ordering === "in-order" || !awaited || this.#bucket(kind, now).take(now);
    this.#waiting?.delete(kind);
    if (!this.#blocked && this.#bucket(kind, now).take(now)) return true;
    (this.#waiting ??= new Map()).set(kind, { message, phase });
    return false;
  }

  /** A proposal that has waited and is to be answered now. */
  next(now: Instant): HeldProposal | undefined {
    if (this.#blocked) return undefined;
    for (const [kind, held] of this.#waiting ?? []) {
      if (!this.#bucket(kind, now).take(now)) continue;
      this.#waiting?.delete(kind);
      return held;
    }
    return undefined;
  }

  /** When, in milliseconds of the monotonic clock, `next` gives one. */
  nextWakeup(now: Instant): number | undefined {
    if (this.#blocked || this.#waiting === undefined) return undefined;
    return earliest(...[...this.#waiting.keys()].map(kind => this.#bucket(kind, now).nextAt(now)));
  }

  /** Full when it is first asked, as it would be if it had been there all the time. */
  #bucket(kind: ExchangeKind, now: Instant): TokenBucket {
    return (this.#buckets[kind] ??= new TokenBucket(this.#rate, now));
  }
}
