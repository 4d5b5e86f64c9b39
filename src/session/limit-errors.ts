import { SessionError } from "../errors/index.js";
import type { ExpiryReason } from "./session-status.js";

/** The error of everything that a limit at its hard edge forbids. */
export function expired(reason: ExpiryReason): SessionError<"session-expired"> {
  return new SessionError(
    "session-expired",
    `The session has reached its limit of ${reason} and was not renewed in time: connect again.`,
  );
}

/** The error of a send of so many messages and bytes where a limit has only `left` of its unit left. */
export function tooMuch(
  limit: ExpiryReason,
  messages: number,
  bytes: number,
  left: number,
): SessionError<"limit-exceeded"> {
  return new SessionError(
    "limit-exceeded",
    `This is more than the session's limit of ${limit} leaves: ${messages} message(s) of ${bytes} bytes in all, and ${left} left. ` +
      "The session goes on: send less at once, or renew it first.",
  );
}

/** The error of a send that waits for the store. */
export function leasePending(): SessionError<"lease-pending"> {
  return new SessionError(
    "lease-pending",
    "What this session may send before the store has to be asked again is used up, and more is being fetched: try again, or use `send`, which waits.",
  );
}
