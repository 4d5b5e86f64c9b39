import { Reader, Secret, Writer } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import { suites, type LineageName, type ResumptionState } from "../session/index.js";
import { readProgress, readRole, readSuite, roles, writeProgress } from "./progress-codec.js";

/** The version of the layout of what is stored of a lineage. */
export const lineageCodec = 1;
/** The version of the layout of an entry that leads from a name to its lineage. */
export const resumptionCodec = 1;

/** A state that was stored. */
export interface StoredLineage extends ResumptionState {
  /** When: milliseconds since 1970. */
  readonly savedAt: number;
}

/** The bytes of a state as it stands at `state.at`; `clock` (8 bytes) names the monotonic clock. The caller seals and erases them. @see PROTOCOL, section 18.5 */
export function encodeLineage(state: ResumptionState, clock: Uint8Array): Uint8Array {
  const writer = new Writer()
    .bytes(state.lineage)
    .bytes(state.session)
    .bytes(state.peer)
    .u8(roles.indexOf(state.role))
    .u16(suites[state.suite].id);
  writeProgress(writer, state, clock).u8(state.secrets.length);
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
  const [lineage, session, peer] = [reader.copy(32), reader.copy(32), reader.copy(32)];
  const role = readRole(reader);
  const suite = readSuite(reader);
  const { progress, savedAt } = readProgress(reader, clock, now);
  const count = reader.u8();
  if (count < 1 || count > 2) reader.fail(`has ${count} secrets`);
  const secrets = Array.from({ length: count }, () => Secret.copy(reader.bytes(32)));
  reader.end();
  return { lineage, session, peer, role, suite, ...progress, secrets, savedAt };
}

/** Where a name leads to: the peer's public key (32) | lineage id (32). */
export function encodePointer({ peer, lineage }: LineageName): Uint8Array {
  return new Writer().bytes(peer).bytes(lineage).finish();
}

/** @throws snapshot-invalid */
export function decodePointer(bytes: Uint8Array): LineageName {
  const reader = new Reader(bytes, "snapshot-invalid", "stored name of a resumption");
  const pointer = { peer: reader.copy(32), lineage: reader.copy(32) };
  reader.end();
  return pointer;
}
