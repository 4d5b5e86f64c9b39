import type { Dh } from "../crypto/index.js";
import { parsePeerId, type PeerId } from "./peer-id.js";

/**
 * Who asks for a session. In XX, and to the one who connects, the key has been proven; the first message of IK only claims it, and no
 * session comes of a claim that is not proven.
 */
export interface PeerInfo {
  /** The peer's id: its static public key. */
  readonly id: PeerId;
  /** Where it is, for people and for limits by address. */
  readonly remote: string;
}

/** Which peers get a session: a list of ids, a function that decides, or `anyone`. */
export type AcceptPolicy = readonly PeerId[] | ((peer: PeerInfo) => boolean | Promise<boolean>);

/** The policy that accepts every peer that proves some key. Say so only where the application decides later. */
export const anyone: AcceptPolicy = () => true;

/** A policy as a function. @throws invalid-argument where an id is malformed */
export function policyFunction(dh: Dh, policy: AcceptPolicy): (peer: PeerInfo) => boolean | Promise<boolean> {
  if (typeof policy === "function") return policy;
  for (const id of policy) parsePeerId(dh, id);
  const allowed = new Set(policy);
  return peer => allowed.has(peer.id);
}
