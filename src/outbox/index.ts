export { decodeDurable, encodeDurable, type DurableFrame, type DurableState } from "./durable-frame.js";
export { maxDurableMessage, maxWaitingIncarnations, windowBytes, windowMessages } from "./durable-limits.js";
export { DurableReceiver, type DeliveredState } from "./durable-receiver.js";
export { DurableSender, type MessageRange } from "./durable-sender.js";
export {
  incarnation,
  incarnationLength,
  messageId,
  type Incarnation,
  type SentIncarnation,
} from "./incarnation.js";
export type { LostMessages } from "./lost-messages.js";
export type { Contradiction } from "./regression.js";
