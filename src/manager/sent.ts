import { SessionError } from "../errors/index.js";

/**
 * How far a message is when the promise of `send` resolves. `queued`: it is sealed, and the connection has taken it. `written`: the
 * connection takes more as well, which is back-pressure. `acknowledged`: the peer's session has opened it; whether the peer's application has
 * done anything about it, only that application can say.
 */
export type SendStage = "queued" | "written" | "acknowledged";

/** What `send` promises. */
export interface Sent<Stage extends SendStage = SendStage> {
  /** How far the message has come: what `until` asked for. */
  readonly stage: Stage;
  /** Milliseconds from the question behind the message to the peer's answer. */
  readonly roundTrip: Stage extends "acknowledged" ? number : undefined;
}

/** The error of waiting for what datagrams cannot promise. */
export function unacknowledged(): SessionError<"delivery-unordered"> {
  return new SessionError(
    "delivery-unordered",
    "Datagrams may be lost, and an answer says nothing of those before it: have the application acknowledge.",
  );
}
