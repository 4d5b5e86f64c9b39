import { SessionError, type ErrorCode } from "../index.js";

/** What no waiting puts right, whoever was there before. */
const lasting: ReadonlySet<ErrorCode> = new Set([
  "peer-mismatch",
  "peer-refused",
  "downgrade-refused",
  "suite-not-acceptable",
  "stream-reset",
  "stream-refused",
]);

/**
 * Whether it is worth trying again: the way to the far end, or the far end, is away. `again`: a session with this far end has been
 * there before; then a spoilt handshake or frame is noise on the way.
 */
export function isPassing(error: unknown, again: boolean): boolean {
  if (!SessionError.is(error) || lasting.has(error.code)) return false;
  const { category, recovery, code } = error;
  if (category === "transport" || recovery === "reopen" || code === "session-expired") return true;
  return again && category === "peer-misbehaved";
}
