import { Reader, Secret, Writer } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import { suites, type DirectionMetrics, type ResumptionState, type Role } from "../session/index.js";

const roles: readonly Role[] = ["initiator", "responder"];

/** The version of the layout of what is stored of a lineage. */
export const lineageCodec = 1;
/** The version of the layout of an entry that leads from a name to its lineage. */
export const resumptionCodec = 1;

/** Bytes of the id of a monotonic clock: of one run of a process. */
export const clockIdLength = 8;

/** A state that was stored. */
export interface StoredLineage extends ResumptionState {
  /** When: milliseconds since 1970. */
  readonly savedAt: number;
}

/** The bytes of a state as it stands at `state.at`; `clock` (8 bytes) names the monotonic clock. The caller seals and erases them. @see PROTOCOL, section 18.5 */
export function encodeLineage(state: ResumptionState, clock: Uint8Array): Uint8Array {
  const { sent, received, generations, renewals, resumptions } = state.totals;
  const writer = new Writer()
    .bytes(state.lineage)
    .bytes(state.session)
    .bytes(state.peer)
    .u8(roles.indexOf(state.role))
    .u16(suites[state.suite].id)
    .u64(whole(state.lineageLeft))
    .u64(whole(state.at.wall))
    .u64(whole(state.at.monotonic))
    .bytes(clock);
  for (const direction of [sent, received]) {
    writer
      .u64(direction.messages)
      .u64(direction.bytes)
      .u64(direction.records)
      .u64(whole(direction.rotations));
  }
  writer.u64(whole(generations)).u64(whole(renewals)).u64(whole(resumptions)).u8(state.secrets.length);
  for (const secret of state.secrets) writer.bytes(secret.expose());
  return writer.finish();
}

/**
 * Reads a state. Time that has gone by since it was stored is taken from what is left: by the wall clock, and where it is the same run of the
 * process (`clock`) by the greater of both. A clock that was put back gives nothing back. The caller disposes the secrets.
 *
 * @throws snapshot-invalid
 */
export function decodeLineage(bytes: Uint8Array, clock: Uint8Array, now: Instant): StoredLineage {
  const reader = new Reader(bytes, "snapshot-invalid", "stored lineage");
  const [lineage, session, peer] = [id(reader), id(reader), id(reader)];
  const role = roles[reader.u8()] ?? reader.fail("has an unknown role");
  const suiteId = reader.u16();
  const suite =
    Object.values(suites).find(known => known.id === suiteId)?.name ?? reader.fail("has an unknown suite");
  const left = Number(reader.u64());
  const [wall, monotonic] = [Number(reader.u64()), Number(reader.u64())];
  const sameRun = reader.bytes(clockIdLength).every((byte, i) => byte === clock[i]);
  const gone = Math.max(now.wall - wall, sameRun ? now.monotonic - monotonic : 0, 0);
  const [sent, received] = [direction(reader), direction(reader)];
  const [generations, renewals, resumptions] = [
    Number(reader.u64()),
    Number(reader.u64()),
    Number(reader.u64()),
  ];
  const count = reader.u8();
  if (count < 1 || count > 2) reader.fail(`has ${count} secrets`);
  const secrets = Array.from({ length: count }, () => Secret.copy(reader.bytes(32)));
  reader.end();
  const totals = { sent, received, generations, renewals, resumptions };
  const lineageLeft = Math.max(left - gone, 0);
  return { lineage, session, peer, role, suite, lineageLeft, at: now, totals, secrets, savedAt: wall };
}

/** Where a name leads to: the peer's public key (32) | lineage id (32). */
export function encodePointer({ peer, lineage }: Pick<ResumptionState, "peer" | "lineage">): Uint8Array {
  return new Writer().bytes(peer).bytes(lineage).finish();
}

/** @throws snapshot-invalid */
export function decodePointer(bytes: Uint8Array): Pick<ResumptionState, "peer" | "lineage"> {
  const reader = new Reader(bytes, "snapshot-invalid", "stored name of a resumption");
  const pointer = { peer: id(reader), lineage: id(reader) };
  reader.end();
  return pointer;
}

function id(reader: Reader): Uint8Array {
  return Uint8Array.from(reader.bytes(32));
}

function direction(reader: Reader): DirectionMetrics {
  const [messages, bytes, records] = [reader.u64(), reader.u64(), reader.u64()];
  return { messages, bytes, records, rotations: Number(reader.u64()) };
}

function whole(value: number): bigint {
  return BigInt(Math.max(Math.trunc(value), 0));
}
