import { fromHex, toHex } from "../bytes/index.js";
import type { Dh } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";

/** The text of a public key: 64 lower-case hexadecimal digits. One key has one spelling. */
export type PeerId = string;

export function peerIdOf(publicKey: Uint8Array): PeerId {
  return toHex(publicKey);
}

/** The public key (32 bytes) of a peer id. @throws invalid-argument */
export function parsePeerId(dh: Dh, id: PeerId): Uint8Array {
  const key = typeof id === "string" ? fromHex(id) : undefined;
  if (key === undefined || key.length !== dh.length) {
    throw new SessionError(
      "invalid-argument",
      `A peer id has ${2 * dh.length} lower-case hexadecimal digits; this is ${typeof id === "string" ? `a text of ${id.length} characters` : `of type ${typeof id}`}.`,
    );
  }
  try {
    dh.checkPublicKey(key);
  } catch (cause) {
    throw new SessionError(
      "invalid-argument",
      "This peer id is not a usable public key: ask the peer for its id again.",
      { cause },
    );
  }
  return key;
}
