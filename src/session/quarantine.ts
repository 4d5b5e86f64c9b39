import { SessionError } from "../errors/index.js";
import type { Counts, ReceivedCounts } from "./count-lease.js";

/** How what one end remembers of its durable messages contradicts what the other has seen. */
export interface Regression {
  /** Whose state has gone back, or was cloned, as far as this end can tell. */
  readonly whose: "own" | "peer";
  /**
   * `messages`: ids of durable messages were used that are not remembered; `fence`: a later opening was seen; `clone`: another opening of the same number was seen;
   * `counts`: more was received of a restored session than is remembered as sent.
   */
  readonly cause: "messages" | "fence" | "clone" | "counts";
  /** 32 hexadecimal digits: the incarnation that was seen; empty for `counts`. */
  readonly incarnation: string;
  /** The highest message number (`messages`), fence, or count of messages (`counts`) that is remembered. */
  readonly remembered: number;
  /** The highest that was seen. */
  readonly seen: number;
}

const causes: Readonly<Record<Regression["cause"], string>> = {
  messages: "durable messages were sent that are not remembered",
  fence: "a later opening of the durable channel was seen",
  clone: "another opening of the durable channel with the same number was seen",
  counts: "more was received in this session than is remembered as sent",
};

/** What a peer has received, beside what this end counts as `used`, what it has leased included: more than that, and this end's state has gone back. */
export function regressionOf(
  { sentMessages, sentBytes }: Readonly<Counts>,
  received: ReceivedCounts,
): Regression | undefined {
  const common = { whose: "own", cause: "counts", incarnation: "" } as const;
  if (received.messages > sentMessages)
    return { ...common, remembered: sentMessages, seen: received.messages };
  if (received.bytes > sentBytes) return { ...common, remembered: sentBytes, seen: received.bytes };
  return undefined;
}

/** The error of a session that a regression has ended; `regression`: undefined where the peer has seen it, and did not say more. */
export function quarantined(regression: Regression | undefined): SessionError<"session-quarantined"> {
  const next =
    "Open a new session; see which messages are told as lost, and whether two copies of one store are in use.";
  if (regression === undefined)
    return new SessionError(
      "session-quarantined",
      `The peer ended the session: the state of one end was put back or cloned. ${next}`,
    );
  const { whose, cause, remembered, seen } = regression;
  const end = whose === "own" ? "this end" : "the peer";
  return new SessionError(
    "session-quarantined",
    `The state of ${end} was put back or cloned: ${causes[cause]} (remembered: ${remembered}, seen: ${seen}). ${next}`,
  );
}
