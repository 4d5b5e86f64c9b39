import type { Reader, Writer } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import {
  suites,
  type DirectionMetrics,
  type LineageProgress,
  type Role,
  type SuiteName,
} from "../session/index.js";

/** A role by its number. */
export const roles: readonly Role[] = ["initiator", "responder"];

/** Bytes of the id of a monotonic clock: of one run of a process. */
export const clockIdLength = 8;

/** Writes how far a lineage has come; `clock` (8 bytes) names the monotonic clock. */
export function writeProgress(
  writer: Writer,
  { lineageLeft, at, totals }: LineageProgress,
  clock: Uint8Array,
): Writer {
  writer.u64(whole(lineageLeft)).u64(whole(at.wall)).u64(whole(at.monotonic)).bytes(clock);
  for (const { messages, bytes, records, rotations } of [totals.sent, totals.received])
    writer.u64(messages).u64(bytes).u64(records).u64(whole(rotations));
  const { generations, renewals, resumptions } = totals;
  return writer.u64(whole(generations)).u64(whole(renewals)).u64(whole(resumptions));
}

/** What `readProgress` has read. */
export interface ReadProgress {
  readonly progress: LineageProgress;
  /** Milliseconds that have gone by since. */
  readonly gone: number;
  /** When it was written: milliseconds since 1970. */
  readonly savedAt: number;
}

/**
 * Reads how far a lineage has come. Time that has gone by is taken from what is left: by the wall clock, and where it is the same run of the process (`clock`) by the
 * greater of both. A clock that was put back gives nothing back. @throws the reader's code
 */
export function readProgress(reader: Reader, clock: Uint8Array, now: Instant): ReadProgress {
  const left = Number(reader.u64());
  const [savedAt, monotonic] = [Number(reader.u64()), Number(reader.u64())];
  const sameRun = reader.bytes(clockIdLength).every((byte, i) => byte === clock[i]);
  const gone = Math.max(now.wall - savedAt, sameRun ? now.monotonic - monotonic : 0, 0);
  const [sent, received] = [direction(reader), direction(reader)];
  const [generations, renewals, resumptions] = [
    Number(reader.u64()),
    Number(reader.u64()),
    Number(reader.u64()),
  ];
  const totals = { sent, received, generations, renewals, resumptions };
  return { progress: { lineageLeft: Math.max(left - gone, 0), at: now, totals }, gone, savedAt };
}

/** @throws the reader's code */
export function readRole(reader: Reader): Role {
  return roles[reader.u8()] ?? reader.fail("has an unknown role");
}

/** @throws the reader's code */
export function readSuite(reader: Reader): SuiteName {
  const id = reader.u16();
  return Object.values(suites).find(known => known.id === id)?.name ?? reader.fail("has an unknown suite");
}

function direction(reader: Reader): DirectionMetrics {
  const [messages, bytes, records] = [reader.u64(), reader.u64(), reader.u64()];
  return { messages, bytes, records, rotations: Number(reader.u64()) };
}

/** Times and counts as they are stored. */
export function whole(value: number): bigint {
  return BigInt(Math.max(Math.trunc(value), 0));
}
