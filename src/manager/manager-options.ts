import { defaultProvider } from "#default-provider";
import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Clock, Logger, Store, TraceScope } from "../ports/index.js";
import {
  checkedLimits,
  defaultKeyPolicy,
  type KeyPolicy,
  type LimitName,
  type LimitOption,
  type SuiteFloor,
} from "../session/index.js";
import type { AcceptPolicy } from "./accept-policy.js";
import type { HandshakeLimits, Rate } from "./handshake-gate.js";
import type { Identity } from "./identity.js";
import type { InboxLimits } from "./inbox.js";
import { managerDefaults } from "./manager-defaults.js";
import type { PeerId } from "./peer-id.js";
import type { OpeningSettings } from "./opening-context.js";
import { systemClock } from "./system-clock.js";

/** What a manager is made with. Only the identity is needed. */
export interface SessionManagerOptions {
  /** The identity of this endpoint. It stays its owner's to dispose, after the manager has been closed. */
  readonly identity: Identity;
  /** Primitives. Default: those of the platform. */
  readonly provider?: CryptoProvider;
  /** Randomness. Default: the provider's. */
  readonly random?: RandomSource;
  /** Time. Default: the platform's. */
  readonly clock?: Clock;
  /** Where records of sessions are kept, and what they can be resumed from, sealed. Default: nowhere; what 4,096 of them can be resumed from, in the process. */
  readonly store?: Store;
  /**
   * What the store keeps of a session. `resume`: no key; it goes on with a handshake, by `resume`. `full`: it carries on after its process without one, by `connect` or `resume`; both ends
   * have to ask for it. What is stored is worth more to a thief then: see THREAT-MODEL. Default: `resume`.
   */
  readonly persist?: "resume" | "full";
  /** The weakest suite that is accepted. Default: `hybrid`. */
  readonly floor?: SuiteFloor;
  /** Which kind of suite is tried first where the floor allows both. Default: `hybrid`. */
  readonly prefer?: "hybrid" | "classic";
  /** Milliseconds for a connection to be made. Default: 10,000. */
  readonly connectTimeout?: number;
  /** Milliseconds for a handshake. Default: 20,000. */
  readonly handshakeTimeout?: number;
  /** Handshakes that may be under way at a time, of peers that came to this end. Default: 256. */
  readonly maxHandshakes?: number;
  /** Of those, how many one address may have under way (an IPv6 address counts by its /64). Default: 16. */
  readonly maxHandshakesPerAddress?: number;
  /**
   * How often handshakes of peers that came to this end may begin, by address and in all. Default: 64 at once and 16 a second; 512 at once
   * and 256 a second. Behind a proxy all peers have one address: there, `perAddress: { burst: Infinity, perSecond: Infinity }`.
   */
  readonly handshakeRate?: { readonly perAddress?: Rate; readonly total?: Rate };
  /** Milliseconds for which an older epoch's key opens records on datagrams. Default: 5,000. */
  readonly grace?: number;
  /** What one session holds that the application has not fetched. Default: 1,024 messages, 4 MiB. */
  readonly inbox?: InboxLimits;
  /** Streams and requests that a peer may have open in one session; more are refused. Default: 256. */
  readonly maxStreams?: number;
  /** Limits of each session, over `defaultLimits`; the stricter of both ends' holds. */
  readonly limits?: Partial<Record<LimitName, LimitOption>>;
  /** When keys move on by themselves. Default: `defaultKeyPolicy`. */
  readonly keyPolicy?: KeyPolicy;
  /** Whether this end proposes a renewal at a warning edge; it accepts one in any case. Default: true. */
  readonly autoRenew?: boolean;
  /** Told what an application's listener or policy threw, or a store. Default: nobody. */
  readonly onError?: (error: unknown) => void;
  /** Where lines about sessions go: pino, the console, or what has their four methods. No secret, no plaintext. Default: nowhere. */
  readonly logger?: Logger;
  /** Which frames the logger gets a line about, at level `debug`: never what is in them. Default: none. */
  readonly trace?: readonly TraceScope[];
}

/** How to reach a peer: by a key that is known, or by one that `trust` judges when it has been proven. */
export type ConnectOptions = (
  { readonly peer: PeerId; readonly trust?: never } | { readonly peer?: never; readonly trust: AcceptPolicy }
) & { readonly signal?: AbortSignal };

/** The settings of every session of a manager. @throws invalid-argument */
export function openingSettings(options: SessionManagerOptions): OpeningSettings {
  const provider = options.provider ?? defaultProvider;
  return {
    provider,
    random: options.random ?? provider.random,
    clock: options.clock ?? systemClock,
    identity: options.identity,
    floor: options.floor ?? "hybrid",
    prefer: options.prefer ?? "hybrid",
    handshakeTimeout: options.handshakeTimeout ?? managerDefaults.handshakeTimeout,
    grace: options.grace ?? managerDefaults.grace,
    inbox: options.inbox ?? managerDefaults.inbox,
    maxStreams: options.maxStreams ?? managerDefaults.maxStreams,
    limits: checkedLimits(options.limits),
    keyPolicy: options.keyPolicy ?? defaultKeyPolicy,
    autoRenew: options.autoRenew ?? true,
  };
}

/** What strangers may make this end do. */
export function handshakeLimits(options: SessionManagerOptions): HandshakeLimits {
  const { handshakeRate, handshakeAddresses, maxHandshakes, maxHandshakesPerAddress } = managerDefaults;
  return {
    total: options.maxHandshakes ?? maxHandshakes,
    perAddress: options.maxHandshakesPerAddress ?? maxHandshakesPerAddress,
    rate: {
      total: options.handshakeRate?.total ?? handshakeRate.total,
      perAddress: options.handshakeRate?.perAddress ?? handshakeRate.perAddress,
    },
    addresses: handshakeAddresses,
  };
}

/** Whether sessions are to carry on after the process. @throws invalid-argument where there is nowhere to keep them */
export function isFull(options: SessionManagerOptions): boolean {
  if (options.persist !== "full") return false;
  if (options.store !== undefined) return true;
  throw new SessionError(
    "invalid-argument",
    'What `persist: "full"` keeps has to be kept somewhere: give a store.',
  );
}
