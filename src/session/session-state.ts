import { SessionError } from "../errors/index.js";
import type { CloseReason } from "./control.js";
import type { ExpiryReason } from "./session-status.js";
import type { Regression } from "./quarantine.js";

/** How a session ended. */
export type SessionEnd =
  /** This end closed it. */
  | { readonly kind: "closed"; readonly by: "local" | "peer"; readonly reason: CloseReason }
  /** The path ended and the peer had not announced that: the last messages may be missing (ATTACKS R20). */
  | { readonly kind: "truncated"; readonly error: SessionError }
  /** A limit has reached its hard edge. */
  | { readonly kind: "expired"; readonly reason: ExpiryReason; readonly error: SessionError }
  /** One end's state has gone back, or there are two of it: what it remembers contradicts what the other has seen (ATTACKS S10). */
  | {
      readonly kind: "quarantined";
      readonly by: "local" | "peer";
      /** What this end knows of it; undefined where the peer has seen it first. */
      readonly regression: Regression | undefined;
      readonly error: SessionError;
    }
  /** Another process has taken the session over, by the store that both have: this one writes nothing of it any more. */
  | { readonly kind: "fenced"; readonly error: SessionError }
  /** The handshake, or a frame after it, was refused. */
  | { readonly kind: "failed"; readonly error: SessionError };

/** The state of a session. `near-expiry`: a limit has reached its warning edge; a renewal leads back to `active`. */
export type SessionState =
  | { readonly name: "handshaking" }
  | { readonly name: "active" }
  | { readonly name: "near-expiry"; readonly reason: ExpiryReason }
  | { readonly name: "ended"; readonly end: SessionEnd };

const legal: Readonly<Record<SessionState["name"], readonly SessionState["name"][]>> = {
  handshaking: ["active", "ended"],
  active: ["near-expiry", "ended"],
  "near-expiry": ["near-expiry", "active", "ended"],
  ended: [],
};

/** Whether a session in `state` is established and has not ended. */
export function isLive({ name }: SessionState): boolean {
  return name === "active" || name === "near-expiry";
}

/**
 * Whether another session may go on with the lineage after this end: the path was at fault, or somebody on it, or one of the processes has left or lost it
 * to another one.
 */
export function goesOnAfter(end: SessionEnd): boolean {
  if (end.kind === "closed") return end.reason === "going-away";
  return end.kind !== "expired" && end.kind !== "quarantined";
}

/** The next state. @throws internal where no transition leads there */
export function transition(from: SessionState, to: SessionState): SessionState {
  if (!legal[from.name].includes(to.name)) {
    throw new SessionError("internal", `No transition leads from ${from.name} to ${to.name}.`);
  }
  return to;
}
