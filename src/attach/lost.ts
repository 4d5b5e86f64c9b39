import { SessionError } from "../errors/index.js";

/** `what`: what the far end did, as a verb. */
export function connectionLost(
  remote: string,
  what: string,
  cause?: unknown,
): SessionError<"connection-lost"> {
  const message = `The connection with ${remote} was lost: the far end ${what}. Connect again.`;
  return new SessionError("connection-lost", message, cause === undefined ? undefined : { cause });
}
