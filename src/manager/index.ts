export { anyone, type AcceptPolicy, type PeerInfo } from "./accept-policy.js";
export type { Acceptor } from "./acceptor.js";
export type { AttachOptions } from "./attaching.js";
export type { DurableChannel } from "./durable-channel.js";
export type { DurableMessage, DurableOptions } from "./durable-message.js";
export type { EventListener } from "./event-hub.js";
export type { EventStream, EventStreamOptions } from "./event-stream.js";
export { Identity } from "./identity.js";
export type { InboxLimits } from "./inbox.js";
export { managerDefaults } from "./manager-defaults.js";
export type { ByteStream } from "./byte-stream.js";
export { Message, type MessageData } from "./message.js";
export type { PeerId } from "./peer-id.js";
export type { ResumeOptions } from "./resuming.js";
export { RequestError } from "./request-error.js";
export type { Sent, SendStage } from "./sent.js";
export type { RequestContext, RequestHandler, RequestOptions, RespondOptions } from "./session-requests.js";
export { Session } from "./session.js";
export type { Rate, RefusalCause } from "./handshake-gate.js";
export type { ConnectionRefused, ManagerEvent, MessagesLost } from "./manager-event.js";
export type { ManagerMetrics } from "./manager-metrics.js";
export type { ConnectOptions, SessionManagerOptions } from "./manager-options.js";
export { SessionManager } from "./session-manager.js";
export type { SessionRecord, StoredStatus } from "./session-record.js";
export { systemClock } from "./system-clock.js";
export type {
  SchemaInput,
  SchemaOutput,
  StandardIssue,
  StandardResult,
  StandardSchema,
} from "./standard-schema.js";
export {
  typed,
  typedRequest,
  typedRespond,
  type MessageSchemas,
  type RequestSchemas,
  type TypedMessages,
} from "./typed.js";
