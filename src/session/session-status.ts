import type { LimitName } from "./limits.js";

/** Which limit is meant, where a session is near its end or past it. */
export type ExpiryReason = LimitName;

/** Whether the next send will succeed, and how long or for how much. Times in milliseconds. */
export type SessionStatus =
  /** `remaining`: of each limit, to its hard edge. */
  | { readonly status: "healthy"; readonly remaining: Readonly<Record<LimitName, number>> }
  /** The limit nearest to its hard edge, measured as a part of the way from its warning. */
  | {
      readonly status: "near-expiry";
      readonly reason: ExpiryReason;
      /** Of that limit: milliseconds, messages or bytes. */
      readonly left: number;
      readonly remaining: Readonly<Record<LimitName, number>>;
    }
  /** Every send is refused. */
  | { readonly status: "expired"; readonly reason: ExpiryReason }
  /** The handshake is not over. */
  | { readonly status: "handshaking" }
  /** Ended for another reason than a limit. */
  | { readonly status: "ended" };
