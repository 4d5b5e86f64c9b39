import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import type { SessionError } from "../errors/index.js";
import type { Clock, Connection } from "../ports/index.js";
import type {
  KeyPolicy,
  ResumptionAttempt,
  Role,
  SessionEvent,
  SessionLimits,
  SuiteFloor,
} from "../session/index.js";
import type { PeerInfo } from "./accept-policy.js";
import type { DurableChannels } from "./durable-channels.js";
import type { Identity } from "./identity.js";
import type { InboxLimits } from "./inbox.js";
import type { SessionLineages } from "./session-lineages.js";
import type { SessionRestorations, TakenAttempt } from "./session-restorations.js";
import type { Session } from "./session.js";
import type { Wakeups } from "./wakeups.js";

/** What a manager's options say of every session. */
export interface OpeningSettings {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly floor: SuiteFloor;
  readonly prefer: "hybrid" | "classic";
  readonly handshakeTimeout: number;
  readonly grace: number;
  readonly inbox: InboxLimits;
  /** Streams that a peer may have open at a time. */
  readonly maxStreams: number;
  readonly limits: SessionLimits;
  readonly keyPolicy: KeyPolicy;
  readonly autoRenew: boolean;
}

/** What every session of one manager has to do with. */
export interface OpeningCollaborators {
  readonly wakeups: Wakeups;
  /** Told what an application's listener or policy threw. */
  readonly onError: (error: unknown) => void;
  /** What sessions are resumed from. */
  readonly lineages: Pick<SessionLineages, "find" | "forget" | "settled">;
  /** What sessions are restored from, where that is kept. */
  readonly restorations: SessionRestorations | undefined;
  /** The durable channels, which speak on every session of their peer. */
  readonly durable: Pick<DurableChannels, "attach" | "detach" | "frame" | "drained">;
  /** Takes an established session in; false where that cannot be: then it ends without a word. */
  readonly register: (session: Session) => boolean;
  /** Every event of every session; `session` from when it is established. */
  readonly onEvent: (event: SessionEvent, remote: string, session: Session | undefined) => void;
}

/** What every session of one manager is made with. */
export interface OpeningContext extends OpeningSettings, OpeningCollaborators {
  /** Told of each opening: `over` resolves when its connection has ended, whatever came of it. */
  readonly onStart: (over: Promise<void>, path: OpenPath) => void;
}

/** A connection, and the handshake or session over it. */
export interface OpenPath {
  /** As `SessionDriver.silence`; whoever waits for the session gets `cause`. */
  silence(cause: SessionError): void;
  /** Ends it at once. */
  destroy(): void;
}

/** One session to be: which role, over what, with whom. */
export interface Opening {
  readonly role: Role;
  readonly connection: Connection;
  readonly peer?: Uint8Array;
  /** What an initiator goes on with; its owner disposes it when the session is open or is not. */
  readonly resume?: ResumptionAttempt;
  /** What an initiator carries on with; its owner disposes the state. */
  readonly restore?: TakenAttempt;
  readonly policy: (peer: PeerInfo) => boolean | Promise<boolean>;
  readonly signal?: AbortSignal;
}
