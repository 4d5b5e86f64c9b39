import { SessionError } from "../errors/index.js";
import { decodeBatch, sealedFrameType, type OpenedFrame, type Ordering } from "../record/index.js";

/**
 * What an opened frame holds for the application: each item of a batch, the plaintext of a message, a stream or a durable frame.
 *
 * @throws batch-malformed; frame-unexpected for a control frame, and for a stream or a durable frame where order is not kept
 */
export function messagesOf({ type, plaintext }: OpenedFrame, ordering: Ordering): Uint8Array[] {
  switch (type) {
    case sealedFrameType.message:
      return [plaintext];
    case sealedFrameType.batch:
      return decodeBatch(plaintext);
    case sealedFrameType.stream:
    case sealedFrameType.durable:
      if (ordering === "in-order") return [plaintext];
      throw new SessionError(
        "frame-unexpected",
        `A ${type === sealedFrameType.stream ? "stream" : "durable"} frame came on a path that does not keep order.`,
      );
    case sealedFrameType.control:
      throw new SessionError("frame-unexpected", "A control frame holds no messages.");
  }
}

const orderedOnly = {
  stream: "Streams need an ordered path, and this session's loses and reorders frames: send messages.",
  durable:
    "Durable messages need an ordered path, and this session's loses and reorders frames: open a session over an ordered one.",
} as const;

/** The error of a stream or a durable message where order is not kept. */
export function unordered(type: keyof typeof orderedOnly): SessionError<"delivery-unordered"> {
  return new SessionError("delivery-unordered", orderedOnly[type]);
}
