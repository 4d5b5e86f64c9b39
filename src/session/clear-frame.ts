import { SessionError } from "../errors/index.js";
import { parseFrame, type ClearFrameType } from "../record/index.js";

/**
 * Takes a clear frame apart and checks that its type is one that is expected now.
 *
 * @throws frame-malformed, frame-unexpected
 */
export function readClearFrame(
  frame: Uint8Array,
  expected: readonly ClearFrameType[],
): { readonly type: ClearFrameType; readonly body: Uint8Array } {
  const { type, body } = parseFrame(frame);
  const known = expected.find(value => value === type);
  if (known === undefined) {
    throw new SessionError(
      "frame-unexpected",
      `A frame of type ${type} does not come at this moment of a handshake.`,
    );
  }
  return { type: known, body };
}
