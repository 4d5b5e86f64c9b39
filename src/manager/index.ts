export { anyone, type AcceptPolicy, type PeerInfo } from "./accept-policy.js";
export type { Acceptor } from "./acceptor.js";
export type { EventListener } from "./event-hub.js";
export type { EventStream, EventStreamOptions } from "./event-stream.js";
export { Identity } from "./identity.js";
export type { InboxLimits } from "./inbox.js";
export { managerDefaults } from "./manager-defaults.js";
export { Message, type MessageData } from "./message.js";
export { parsePeerId, peerIdOf, type PeerId } from "./peer-id.js";
export { Session } from "./session.js";
export {
  SessionManager,
  type ConnectOptions,
  type ManagerEvent,
  type SessionManagerOptions,
} from "./session-manager.js";
export type { SessionRecord, StoredStatus } from "./session-record.js";
export { systemClock } from "./system-clock.js";
