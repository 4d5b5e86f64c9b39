import type { ByteStream } from "../index.js";
import { exitCode } from "./exit-codes.js";
import { CommandError } from "./failure.js";

/** The code with which every sub-command resets a stream whose label it does not serve. */
export const otherLabel = 258;

/** What such a reset says to a person. */
export const otherLabelText = "the far end runs another sub-command";

/** The error of a stream: a clear one where the peer does not serve its label, else `error` itself. */
export function streamFailure(error: unknown, { resetCode }: ByteStream): unknown {
  if (resetCode !== otherLabel) return error;
  return new CommandError(
    "other-command",
    exitCode.failure,
    "The far end runs another sub-command: connect belongs to listen, send to receive, forward to forward.",
    { cause: error },
  );
}
