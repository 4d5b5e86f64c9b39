export { ConnectionOwner } from "./connection-owner.js";
export type { DataChannelLike } from "./data-channel.js";
export { defaultLingerTime, DuplexConnection, type DuplexLike } from "./duplex-connection.js";
export {
  checkedMaxFrameLength,
  Deframer,
  defaultMaxFrameLength,
  encodeFrame,
  frameHeader,
  maxHandshakeFrameLength,
} from "./framing.js";
export type { MessagePortLike } from "./message-port.js";
export { hostUrl, plainWebSocketUrl, socketRemote } from "./remote.js";
export { toConnection, type Attachable } from "./to-connection.js";
export type { WebSocketLike } from "./websocket.js";
