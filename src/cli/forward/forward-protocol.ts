import type { ByteStream } from "../../index.js";
import { otherLabel, otherLabelText } from "../stream-codes.js";

/** The label of streams that carry a forwarded connection. */
export const forwardLabel = "bowline-forward/1";

/** With which code either end resets a stream; beside `otherLabel`. */
export const forwardCode = {
  /** The far end can't connect to the target. */
  unreachable: 256,
  /** A connection broke. */
  broken: 257,
} as const;

/** What a reset by the peer means to a person; undefined where the peer has said nothing. */
export function resetText({ resetCode }: ByteStream): string | undefined {
  if (resetCode === forwardCode.unreachable) {
    return "the far end can't reach what it forwards to: see what it prints";
  }
  if (resetCode === otherLabel) return otherLabelText;
  return resetCode === forwardCode.broken ? "the connection broke at the far end" : undefined;
}
