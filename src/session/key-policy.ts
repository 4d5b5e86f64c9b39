import type { Rate } from "./token-bucket.js";

/** When keys move on by themselves. Counts are of one direction; times are in milliseconds. */
export interface KeyPolicy {
  /** A direction's key is rotated before a record once one of these has been reached under it. */
  readonly rotation: { readonly records: number; readonly bytes: number; readonly time: number };
  /** Fresh secrets are mixed in once one of these has been reached, if there has been traffic. */
  readonly generation: { readonly rotations: number; readonly time: number };
  /** Forged records on datagrams after which fresh secrets are mixed in. Default: `maxForgeries`. */
  readonly forgeries?: number;
  /** How often a peer's proposals of one kind are answered, and renewals proposed because of counts. Default: `proposalRate`. */
  readonly proposals?: Rate;
}

/** What holds where an application says nothing. */
export const defaultKeyPolicy: KeyPolicy = {
  /** A stolen key opens at most this much of the past. 2^20 records are far below any bound of the AEAD; a rotation costs two HKDFs. */
  rotation: { records: 2 ** 20, bytes: 2 ** 30, time: 2 * 60_000 },
  /** A stolen state is worth at most this long to a thief who only listens. An exchange costs some milliseconds and 2.4 KB. */
  generation: { rotations: 32, time: 10 * 60_000 },
};

/** Forged records on datagrams after which a key is given up: far below what the tag of Poly1305 bears. */
export const maxForgeries = 2 ** 35;

/**
 * How often a peer's proposals of one kind are answered, and how often this end proposes renewals because of counts: eight at once, then
 * one a second. An exchange costs some milliseconds; an honest peer needs one in minutes, and repeats one each second at most. So an accepted
 * peer that proposes without end, or asks for limits of one message, costs some thousandths of a processor.
 */
export const proposalRate: Rate = { burst: 8, interval: 1_000 };

/** How often, in milliseconds, an unanswered proposal or confirmation is repeated where the path may lose it. */
export const resendInterval = 1_000;

/** The least age, in milliseconds, at which this end proposes a renewal because of age; less where its own limit is under 4 s. */
export const shortestRenewalTime = 1_000;

/**
 * Rotations after which a sender on datagrams rotates no more by itself until a generation has shown that the peer follows: the peer
 * refuses what is 64 ahead of what it has seen.
 */
export const maxUnseenRotations = 48;

/** How much later the responder of a lineage proposes what both would propose at one time: so that they seldom meet. */
export const responderPatience = 1.25;
