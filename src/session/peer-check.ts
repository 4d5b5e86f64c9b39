import { equalConstantTime, toHex } from "../bytes/index.js";
import type { Dh } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

/**
 * Refuses a proven static key that is this end's own (a reflected handshake) or not the one that was pinned.
 *
 * @throws peer-mismatch; what `Dh.checkPublicKey` throws
 */
export function checkPeer(dh: Dh, peer: Uint8Array, own: Uint8Array, pinned: Uint8Array | undefined): void {
  dh.checkPublicKey(peer);
  if (equalConstantTime(peer, own)) {
    throw new SessionError(
      "peer-mismatch",
      "The peer has this end's own key: the handshake was reflected, or both ends share one identity.",
    );
  }
  if (pinned !== undefined && !equalConstantTime(peer, pinned)) {
    throw new SessionError(
      "peer-mismatch",
      `The peer has proven the key ${short(peer)} and not the one that was asked for, ${short(pinned)}: do not go on unless you know why.`,
    );
  }
}

/** The beginning of a public key's text, enough to tell two apart. */
function short(publicKey: Uint8Array): string {
  return `${toHex(publicKey.subarray(0, 4))}...`;
}
