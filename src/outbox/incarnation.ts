import { toHex } from "../bytes/index.js";

/** Bytes of an incarnation. */
export const incarnationLength = 16;

/** One opening of a durable channel: 16 random bytes, and a fence that is higher than that of every opening before it. */
export interface Incarnation {
  /** 16 bytes. */
  readonly bytes: Uint8Array;
  /** The same as 32 hexadecimal digits. */
  readonly hex: string;
  /** 1 to 2^64 - 1. */
  readonly fence: bigint;
}

/** What a sender knows of what it has sent under one incarnation. */
export interface SentIncarnation {
  readonly incarnation: Incarnation;
  /** The number up to which the peer has acknowledged, 0 or more. */
  readonly acknowledged: bigint;
  /** The highest number that was used, as far as anybody has said. */
  readonly last: bigint;
}

/** What a receiver knows of what it was sent under one incarnation. */
export interface ReceivedIncarnation {
  readonly incarnation: Incarnation;
  /** The number up to which the application has acknowledged, durably; 0 or more. */
  readonly delivered: bigint;
  /** The number up to which messages have come: `delivered` or more. */
  readonly received: bigint;
}

/** An incarnation of 16 bytes, which are kept. */
export function incarnation(bytes: Uint8Array, fence: bigint): Incarnation {
  return { bytes, hex: toHex(bytes), fence };
}

/** The name of a message, the same after every crash and in every session: incarnation, colon, number. */
export function messageId({ hex }: Pick<Incarnation, "hex">, seq: bigint): string {
  return `${hex}:${seq}`;
}

/** The higher one of two numbers of messages. */
export function higher(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
