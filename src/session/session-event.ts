import type { ErrorCode } from "../errors/index.js";
import type { ExpiryReason } from "./session-status.js";
import type { Regression } from "./quarantine.js";
import type { SessionEnd } from "./session-state.js";
import type { SuiteName } from "./suites.js";

/** What happens to a session, for people and monitoring. Never holds a secret or a plaintext. */
export type SessionEvent =
  | { readonly type: "established"; readonly suite: SuiteName; readonly peer: string }
  /** The session goes on with a lineage whose last session, `from`, has lost its path. Follows `established`. */
  | { readonly type: "resumed"; readonly from: string; readonly to: string }
  /** The session carries on after a process of either end, without a handshake; `by`: which end has asked. Follows `established`. */
  | { readonly type: "restored"; readonly by: "local" | "peer" }
  | { readonly type: "message-received"; readonly bytes: number }
  /** A direction's key has moved to another rotation. */
  | { readonly type: "key-rotated"; readonly direction: "sent" | "received"; readonly epoch: number }
  /** Both directions are under keys with fresh secrets in them. */
  | { readonly type: "epoch-advanced"; readonly generation: number }
  /** A limit has reached its warning edge; `left`: milliseconds, messages or bytes. Once for each limit and session. */
  | { readonly type: "near-expiry"; readonly reason: ExpiryReason; readonly left: number }
  /** The session has been renewed: the handle's id is `to` from now on. */
  | { readonly type: "renewed"; readonly from: string; readonly to: string }
  /** A limit has reached its hard edge. `ended` follows. */
  | { readonly type: "expired"; readonly reason: ExpiryReason }
  /** Something was refused: told at the 1st, 2nd, 4th, 8th ... of each cause, so that a flood makes no flood of events. */
  | { readonly type: "rejected"; readonly cause: ErrorCode; readonly count: number }
  /** What one end remembers contradicts what the other has seen. `ended` follows. */
  | {
      readonly type: "quarantined";
      readonly by: "local" | "peer";
      /** Undefined where the peer has seen it first, and did not say more. */
      readonly regression: Regression | undefined;
    }
  /** Another process has taken the session over. `ended` follows. */
  | { readonly type: "fenced" }
  | { readonly type: "ended"; readonly end: SessionEnd };

/** Whether the `count`-th refusal of one cause is told. */
export function isTold(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
