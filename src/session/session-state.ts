import { SessionError } from "../errors/index.js";
import type { CloseReason } from "./control.js";

/** How a session ended. */
export type SessionEnd =
  /** This end closed it. */
  | { readonly kind: "closed"; readonly by: "local" | "peer"; readonly reason: CloseReason }
  /** The path ended and the peer had not announced that: the last messages may be missing (ATTACKS R20). */
  | { readonly kind: "truncated"; readonly error: SessionError }
  /** The handshake, or a frame after it, was refused. */
  | { readonly kind: "failed"; readonly error: SessionError };

/** The state of a session. Others (near-expiry, expired, quarantined) join the union with the limits that lead to them. */
export type SessionState =
  | { readonly name: "handshaking" }
  | { readonly name: "active" }
  | { readonly name: "ended"; readonly end: SessionEnd };

const legal: Readonly<Record<SessionState["name"], readonly SessionState["name"][]>> = {
  handshaking: ["active", "ended"],
  active: ["ended"],
  ended: [],
};

/** The next state. @throws internal where no transition leads there */
export function transition(from: SessionState, to: SessionState): SessionState {
  if (!legal[from.name].includes(to.name)) {
    throw new SessionError("internal", `No transition leads from ${from.name} to ${to.name}.`);
  }
  return to;
}
