import { concat, Reader } from "../bytes/index.js";
import { clearFrame, clearFrameType } from "../record/index.js";
import { protocolVersion } from "./offer.js";
import { restorationNameLength } from "./restoration-state.js";

const nothing = new Uint8Array(0);

/** What a restore frame holds. */
export interface RestoreOpening {
  /** Under which the peer has kept the session: 16 bytes. */
  readonly name: Uint8Array;
  /** The first frame of the restored session. */
  readonly frame: Uint8Array;
}

/** The first frame of a path on which a session is restored. @see PROTOCOL, section 20.5 */
export function encodeRestore({ name, frame }: RestoreOpening): Uint8Array {
  return clearFrame(clearFrameType.restore, concat(Uint8Array.of(protocolVersion), name, frame));
}

/** Takes the body of a restore frame apart: copies; undefined where it is of another version. @throws offer-malformed */
export function decodeRestore(body: Uint8Array): RestoreOpening | undefined {
  const reader = new Reader(Uint8Array.from(body), "offer-malformed", "restore frame");
  if (reader.u8() !== protocolVersion) return undefined;
  return { name: reader.bytes(restorationNameLength), frame: reader.rest() };
}

/** What an end answers that does not go on with the session. */
export function restoreRefused(): Uint8Array {
  return clearFrame(clearFrameType.restoreRefused, nothing);
}
