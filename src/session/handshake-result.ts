import { SessionError } from "../errors/index.js";
import type { HandshakeState } from "../noise/index.js";
import type { HandshakeResult } from "./handshake.js";
import type { SessionLimits } from "./limits.js";
import { protocolVersion } from "./offer.js";
import type { Suite } from "./suites.js";

/** Refuses a payload in a message that goes in clear: it has none. @throws frame-malformed */
export function checkEmpty(payload: Uint8Array): void {
  if (payload.length !== 0) {
    throw new SessionError(
      "frame-malformed",
      `A message in clear of version ${protocolVersion} carries no payload; this one has ${payload.length} bytes.`,
    );
  }
}

/** What a finished Noise handshake gives the session; the handshake's own state is erased. */
export function finish(
  noise: HandshakeState,
  suite: Suite,
  peerLimits: SessionLimits,
  wroteLast: boolean,
): HandshakeResult {
  const result = {
    suite,
    handshakeHash: noise.handshakeHash,
    chainingKey: noise.exportChainingKey(),
    peer: Uint8Array.from(noise.remoteStatic!),
    peerLimits,
    wroteLast,
  };
  noise.dispose();
  return result;
}
