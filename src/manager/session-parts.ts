import type { SessionEnd, SessionEvent } from "../session/index.js";
import type { Inbox } from "./inbox.js";
import type { LeaseQueue } from "./lease-queue.js";
import type { Message } from "./message.js";
import type { SessionDriver } from "./session-driver.js";
import type { SessionPings } from "./session-pings.js";
import type { SessionRequests } from "./session-requests.js";
import type { SessionStreams } from "./session-streams.js";

/** What the manager hands to a session that it makes. */
export interface SessionParts {
  readonly driver: SessionDriver;
  readonly inbox: Inbox<Message>;
  readonly streams: SessionStreams;
  readonly requests: SessionRequests;
  readonly pings: SessionPings;
  readonly drained: () => Promise<void>;
  /** Who waits to send, where what is sent is leased. */
  readonly leases: LeaseQueue | undefined;
  readonly ended: Promise<SessionEnd>;
  readonly finished: Promise<void>;
  readonly on: <Type extends SessionEvent["type"]>(
    type: Type,
    listener: (event: Extract<SessionEvent, { type: Type }>) => void,
  ) => () => void;
}
