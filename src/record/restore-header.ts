import { Reader, Writer } from "../bytes/index.js";
import type { Hash } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { sessionIdLength } from "./frame.js";

/** Bytes of an R: fresh and random for each restore. */
export const restoreRandomLength = 32;
/** Bytes between flags and record: fence u64 | R (32) | SHA-256 of R' (32). */
export const restoreHeaderLength = 8 + 2 * restoreRandomLength;
/** What stands for R' where no R of the peer is known. */
export const noRandom = new Uint8Array(restoreRandomLength);

/** Who seals, of the two roles of the handshake. */
export type Direction = "initiator" | "responder";

/** What the epochs of a restored session's direction and generation have in common. */
export interface RestoreScope {
  /** 32 bytes. */
  readonly sessionId: Uint8Array;
  /** Who seals. */
  readonly direction: Direction;
  /** 0 to 65535. */
  readonly generation: number;
}

/** What a frame of a restore epoch says in clear. Nothing vouches for it before its tag has held. */
export interface RestoreHeader {
  /** The sealer's: 1 to 2^64 - 1. */
  readonly fence: bigint;
  /** The sealer's R: 32 bytes. */
  readonly random: Uint8Array;
  /** SHA-256 of the R of the opener that the sealer knows, or of zeros: 32 bytes. */
  readonly peerHash: Uint8Array;
}

/** The bytes of a header. @see PROTOCOL, section 20.2 */
export function encodeRestoreHeader({ fence, random, peerHash }: RestoreHeader): Uint8Array {
  return new Writer().u64(fence).bytes(random).bytes(peerHash).finish();
}

/** Reads a header (72 bytes) from the front of `body`; views, not copies. @throws frame-malformed */
export function parseRestoreHeader(body: Uint8Array): RestoreHeader {
  const reader = new Reader(body, "frame-malformed", "header of the restored session's frame");
  const fence = reader.u64();
  const random = reader.bytes(restoreRandomLength);
  const peerHash = reader.bytes(restoreRandomLength);
  return { fence, random, peerHash };
}

/** What stands in a header for `random`, an R or zeros. */
export function restoreHash(hash: Hash, random: Uint8Array): Uint8Array {
  return hash.hash(random);
}

/** @throws invalid-argument */
export function checkRestoreScope({ sessionId, generation }: RestoreScope): void {
  const generationHolds = Number.isInteger(generation) && generation >= 0 && generation <= 0xffff;
  if (sessionId.length === sessionIdLength && generationHolds) return;
  throw new SessionError(
    "invalid-argument",
    `A session id has ${sessionIdLength} bytes (given: ${sessionId.length}), and a generation is 0 to 65535 (given: ${generation}).`,
  );
}
