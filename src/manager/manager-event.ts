import type { SessionEvent } from "../session/index.js";
import type { PeerId } from "./peer-id.js";
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

/** Durable messages that one end had acknowledged and has forgotten, or that the peer will not take any more: they do not come again. */
export interface MessagesLost {
  /** What tells it from the events of sessions. */
  readonly type: "lost";
  /** The other end of the durable channel. */
  readonly peer: PeerId;
  /** Whether this end has sent them, or the peer. */
  readonly direction: "sent" | "received";
  /** `peer-forgot`: the peer's state was put back; `forgotten`: this end's was; `refused`: too many openings ago for the peer to tell whether it had them. */
  readonly cause: "peer-forgot" | "forgotten" | "refused";
  /** 32 hexadecimal digits: the first part of the messages' ids. */
  readonly incarnation: string;
  /** The number of the first, from 1. */
  readonly first: number;
  /** The number of the last. */
  readonly last: number;
}

/** An event of one session, and whose; or of a connection that was refused before there was any. Holds no secret and no plaintext. */
export type ManagerEvent = (SessionEvent | ConnectionRefused | MessagesLost) & {
  /** The session's id, once it is established. */
  readonly session: string | undefined;
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly at: number;
};
