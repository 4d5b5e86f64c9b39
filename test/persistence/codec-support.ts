import { expect } from "vitest";
import { Secret, toHex } from "../../src/bytes/index.js";
import type { LineageProgress, SessionLimits } from "../../src/session/index.js";

export const bytes = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
export const secret = (byte: number): Secret => Secret.take(bytes(byte));
export const refused = expect.objectContaining({ code: "snapshot-invalid" }) as Error;

/** The id of the monotonic clock of the run that wrote, and another one. */
export const clock = bytes(0xc1, 8);
export const otherClock = bytes(0xc2, 8);
/** When it was written. */
export const at = { wall: 1_800_000_000_000, monotonic: 5_000 };

export const progress: LineageProgress = {
  lineageLeft: 2_591_999_000,
  at,
  totals: {
    sent: { messages: 2n ** 60n, bytes: 3n, records: 4n, rotations: 5 },
    received: { messages: 6n, bytes: 7n, records: 8n, rotations: 9 },
    generations: 10,
    renewals: 11,
    resumptions: 12,
  },
};

/** `progress`, as codec 1 wrote it under `clock`. */
export const progress1 =
  "000000009a7ec418" +
  "000001a3185c5000" +
  "0000000000001388" +
  "c1c1c1c1c1c1c1c1" +
  "1000000000000000" +
  "0000000000000003" +
  "0000000000000004" +
  "0000000000000005" +
  "0000000000000006" +
  "0000000000000007" +
  "0000000000000008" +
  "0000000000000009" +
  "000000000000000a" +
  "000000000000000b" +
  "000000000000000c";

/** Each edge is a number of its own. */
export const limits: SessionLimits = {
  age: { warn: 2_880_000, max: 3_600_000 },
  idle: { warn: 72_000_000, max: 86_400_000 },
  sentMessages: { warn: 17, max: 257 },
  receivedMessages: { warn: 18, max: 258 },
  sentBytes: { warn: 65_536, max: 16_777_216 },
  receivedBytes: { warn: 65_537, max: 9_007_199_254_740_991 },
  lineageAge: { warn: 2_505_600_000, max: 2_592_000_000 },
};

/** `limits`, as codec 1 wrote them. */
export const limits1 =
  "00000000002bf200" +
  "000000000036ee80" +
  "00000000044aa200" +
  "0000000005265c00" +
  "0000000000000011" +
  "0000000000000101" +
  "0000000000000012" +
  "0000000000000102" +
  "0000000000010000" +
  "0000000001000000" +
  "0000000000010001" +
  "001fffffffffffff" +
  "0000000095586c00" +
  "000000009a7ec800";

/** A value with its secrets as what they hold, so that whole objects compare. */
export function shown(value: unknown): unknown {
  if (value instanceof Secret) return { secret: toHex(value.expose()) };
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shown);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shown(field)]));
}
