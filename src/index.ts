export { Secret } from "./bytes/index.js";
export type { CryptoProvider } from "./crypto/index.js";
export {
  errorKinds,
  SessionError,
  type ErrorCategory,
  type ErrorCode,
  type ErrorRecovery,
} from "./errors/index.js";
export {
  anyone,
  Identity,
  managerDefaults,
  Message,
  SessionManager,
  systemClock,
  type Acceptor,
  type AcceptPolicy,
  type ConnectOptions,
  type EventListener,
  type EventStream,
  type EventStreamOptions,
  type InboxLimits,
  type ManagerEvent,
  type MessageData,
  type PeerId,
  type PeerInfo,
  type Session,
  type SessionManagerOptions,
  type SessionRecord,
  type StoredStatus,
} from "./manager/index.js";
export type {
  Clock,
  Connection,
  ConnectionEvents,
  Connector,
  Instant,
  Listener,
  Store,
  StoredValue,
} from "./ports/index.js";
export type {
  CloseReason,
  ExpiryReason,
  KeyPolicy,
  LimitEdges,
  LimitName,
  LimitOption,
  SessionLimits,
  SessionStatus,
  DirectionMetrics,
  Role,
  SessionEnd,
  SessionEvent,
  SessionMetrics,
  SessionState,
  SuiteFloor,
  SuiteName,
} from "./session/index.js";
export { defaultKeyPolicy, defaultLimits } from "./session/index.js";
export { MemoryStore } from "./stores/memory-store.js";
