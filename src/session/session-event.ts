import type { ErrorCode } from "../errors/index.js";
import type { SessionEnd } from "./session-state.js";
import type { SuiteName } from "./suites.js";

/** What happens to a session, for people and monitoring. Never holds a secret or a plaintext. */
export type SessionEvent =
  | { readonly type: "established"; readonly suite: SuiteName; readonly peer: string }
  | { readonly type: "message-received"; readonly bytes: number }
  | { readonly type: "key-rotated"; readonly direction: "sent" | "received"; readonly epoch: number }
  /** Something was refused: told at the 1st, 2nd, 4th, 8th ... of each cause, so that a flood makes no flood of events. */
  | { readonly type: "rejected"; readonly cause: ErrorCode; readonly count: number }
  | { readonly type: "ended"; readonly end: SessionEnd };

/** Whether the `count`-th refusal of one cause is told. */
export function isTold(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
