import type { SessionEvent } from "../session/index.js";
import type { RefusalCause } from "./handshake-gate.js";

/** What happens to a connection that has led to no session. */
export interface ConnectionRefused {
  /** What tells it from the events of sessions. */
  readonly type: "connection-refused";
  /** Why. */
  readonly cause: RefusalCause;
  /** How often so far: told at the 1st, 2nd, 4th, 8th ... of each cause, so that a flood makes no flood of events. */
  readonly count: number;
}

/** An event of one session, and whose; or of a connection that was refused before there was any. Holds no secret and no plaintext. */
export type ManagerEvent = (SessionEvent | ConnectionRefused) & {
  /** The session's id, once it is established. */
  readonly session: string | undefined;
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly at: number;
};
