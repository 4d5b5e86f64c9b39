import { SessionError } from "../errors/index.js";
import { TokenBucket } from "../session/index.js";
import { networkAddress } from "./network-address.js";

/** Why a connection was dropped before any handshake. */
export type RefusalCause =
  /** That address has as many handshakes under way as one may have. */
  | "address-handshakes"
  /** That address begins handshakes faster than one may. */
  | "address-rate"
  /** As many handshakes are under way as there may be. */
  | "handshakes"
  /** Handshakes begin faster than they may. */
  | "rate"
  /** The manager takes no more sessions. */
  | "closing";

/** How often something may happen: `burst` times at once, and `perSecond` times a second in the long run. `Infinity`: no bound. */
export interface Rate {
  /** How often at once. */
  readonly burst: number;
  /** How often a second in the long run. */
  readonly perSecond: number;
}

/** What strangers may make this end do. */
export interface HandshakeLimits {
  /** Handshakes under way at a time. */
  readonly total: number;
  readonly perAddress: number;
  readonly rate: { readonly total: Rate; readonly perAddress: Rate };
  /** Addresses whose rate is remembered. Where more come, the one that came first is forgotten: the rate in all holds in any case. */
  readonly addresses: number;
}

/**
 * Lets handshakes of strangers in, so many at a time and so many a second, by address and in all (ATTACKS X39). What it remembers is
 * bounded.
 */
export class HandshakeGate {
  readonly #limits: HandshakeLimits;
  /** Handshakes under way, by address. */
  readonly #open = new Map<string, number>();
  readonly #rates = new Map<string, TokenBucket>();
  readonly #rate: TokenBucket;
  #inside = 0;

  /** `now`: milliseconds of the monotonic clock. @throws invalid-argument */
  constructor(limits: HandshakeLimits, now: number) {
    checkLimits(limits);
    this.#limits = limits;
    this.#rate = bucketOf(limits.rate.total, now);
  }

  /** Handshakes under way. */
  get inside(): number {
    return this.#inside;
  }

  /** Addresses of which something is remembered. */
  get addresses(): number {
    return new Set([...this.#open.keys(), ...this.#rates.keys()]).size;
  }

  /** Lets a handshake begin: the result is called once, when it is over. Else the cause why it may not; that costs no share of anything. */
  enter(remote: string, now: number): (() => void) | RefusalCause {
    const address = networkAddress(remote);
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#limits.perAddress) return "address-handshakes";
    const rate = this.#rateOf(address, now);
    const time = { monotonic: now };
    if (!rate.has(time)) return "address-rate";
    if (this.#inside >= this.#limits.total) return "handshakes";
    if (!this.#rate.has(time)) return "rate";
    rate.take(time);
    this.#rate.take(time);
    this.#inside++;
    this.#open.set(address, open + 1);
    return () => this.#leave(address);
  }

  #leave(address: string): void {
    this.#inside--;
    const open = this.#open.get(address)! - 1;
    if (open === 0) this.#open.delete(address);
    else this.#open.set(address, open);
  }

  #rateOf(address: string, now: number): TokenBucket {
    const known = this.#rates.get(address);
    const rate = known ?? bucketOf(this.#limits.rate.perAddress, now);
    // To the end of the row: whoever knocks is not forgotten.
    if (known !== undefined) this.#rates.delete(address);
    this.#rates.set(address, rate);
    if (this.#rates.size > this.#limits.addresses) {
      for (const [oldest] of this.#rates) {
        this.#rates.delete(oldest);
        break;
      }
    }
    return rate;
  }
}

function bucketOf({ burst, perSecond }: Rate, now: number): TokenBucket {
  return new TokenBucket({ burst, interval: 1_000 / perSecond }, { monotonic: now });
}

function checkLimits({ total, perAddress, rate }: HandshakeLimits): void {
  const numbers = {
    maxHandshakes: total,
    maxHandshakesPerAddress: perAddress,
    "handshakeRate.total.burst": rate.total.burst,
    "handshakeRate.total.perSecond": rate.total.perSecond,
    "handshakeRate.perAddress.burst": rate.perAddress.burst,
    "handshakeRate.perAddress.perSecond": rate.perAddress.perSecond,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value === "number" && value > 0) continue;
    throw new SessionError(
      "invalid-argument",
      `${name} is a number above 0, or Infinity; this is ${String(value)}.`,
    );
  }
}
