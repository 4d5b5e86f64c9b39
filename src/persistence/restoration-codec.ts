import { Reader, Secret, Writer } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import {
  decodeLimits,
  encodedLimitsLength,
  encodeLimits,
  suites,
  type RestorableSession,
  type RestorationState,
  type SessionLimits,
} from "../session/index.js";
import { ownerIdLength } from "./persistence-limits.js";
import { readProgress, readRole, readSuite, roles, whole, writeProgress } from "./progress-codec.js";

/** The version of the layout of what is stored of a lineage that can be restored. */
export const restorationCodec = 1;

/** Sessions and generations of a lineage that a peer may ask for: the present ones, and those that are half agreed. */
const maxSessions = 3;

/** Whose write it is: what tells a writer its own one where the answer was lost. */
export interface WriteMark {
  /** Of the fence's opener: 16 bytes. */
  readonly opener: Uint8Array;
  /** From 1, in the order of this opener's writes. */
  readonly number: bigint;
}

/** A state that was stored. */
export interface StoredRestoration extends RestorationState {
  readonly mark: WriteMark;
  /** When: milliseconds since 1970. */
  readonly savedAt: number;
}

/** The bytes of a state as it stands at `state.at`. The caller seals and erases them. @see PROTOCOL, section 20.7 */
export function encodeRestoration(
  state: RestorationState,
  { opener, number }: WriteMark,
  clock: Uint8Array,
): Uint8Array {
  const writer = new Writer()
    .bytes(opener)
    .u64(number)
    .bytes(state.lineage)
    .bytes(state.peer)
    .u8(roles.indexOf(state.role))
    .u16(suites[state.suite].id);
  writeProgress(writer, state, clock);
  const { known } = state;
  writer.u8(known === undefined ? 0 : 1);
  if (known !== undefined) writer.u64(known.fence).bytes(known.random);
  writer.u8(state.sessions.length);
  for (const session of state.sessions) writeSession(writer, session);
  return writer.finish();
}

/** Reads a state. Time that has gone by is taken from what is left, as of a lineage. The caller disposes the secrets. @throws snapshot-invalid */
export function decodeRestoration(bytes: Uint8Array, clock: Uint8Array, now: Instant): StoredRestoration {
  const reader = new Reader(bytes, "snapshot-invalid", "stored restoration");
  const mark = { opener: reader.copy(ownerIdLength), number: reader.u64() };
  const [lineage, peer] = [reader.copy(32), reader.copy(32)];
  const [role, suite] = [readRole(reader), readSuite(reader)];
  const { progress, gone, savedAt } = readProgress(reader, clock, now);
  const knows = reader.u8();
  if (knows > 1) reader.fail(`knows ${knows} restores of the peer`);
  const known = knows === 0 ? undefined : { fence: reader.u64(), random: reader.copy(32) };
  const count = reader.u8();
  if (count < 1 || count > maxSessions) reader.fail(`has ${count} sessions`);
  const sessions = Array.from({ length: count }, () => readSession(reader, gone));
  reader.end();
  return { mark, lineage, peer, role, suite, ...progress, known, sessions, savedAt };
}

function writeSession(writer: Writer, session: RestorableSession): void {
  const { used, received } = session;
  writer
    .bytes(session.session)
    .u8(roles.indexOf(session.keyRole))
    .u64(whole(session.renewals))
    .u16(session.generation)
    .bytes(session.restore.initiator.expose())
    .bytes(session.restore.responder.expose())
    .bytes(session.nextRoot.expose())
    .bytes(session.exporter.expose())
    .bytes(encodeLimits(session.limits))
    .u64(whole(session.age))
    .u64(whole(session.idle));
  const counts = [used.sentMessages, used.receivedMessages, used.sentBytes, used.receivedBytes];
  for (const count of [...counts, received.messages, received.bytes]) writer.u64(whole(count));
}

function readSession(reader: Reader, gone: number): RestorableSession {
  const session = reader.copy(32);
  const keyRole = readRole(reader);
  const [renewals, generation] = [Number(reader.u64()), reader.u16()];
  const [initiator, responder, nextRoot, exporter] = [
    secret(reader),
    secret(reader),
    secret(reader),
    secret(reader),
  ];
  const limits = readLimits(reader);
  const [age, idle] = [Number(reader.u64()) + gone, Number(reader.u64()) + gone];
  const [sentMessages, receivedMessages] = [Number(reader.u64()), Number(reader.u64())];
  const [sentBytes, receivedBytes] = [Number(reader.u64()), Number(reader.u64())];
  const received = { messages: Number(reader.u64()), bytes: Number(reader.u64()) };
  const used = { sentMessages, receivedMessages, sentBytes, receivedBytes };
  const restore = { initiator, responder };
  return {
    session,
    keyRole,
    renewals,
    generation,
    restore,
    nextRoot,
    exporter,
    limits,
    age,
    idle,
    used,
    received,
  };
}

function readLimits(reader: Reader): SessionLimits {
  try {
    return decodeLimits(reader.bytes(encodedLimitsLength));
  } catch (error) {
    if (!SessionError.is(error, "frame-malformed")) throw error;
    return reader.fail("has limits that are none");
  }
}

function secret(reader: Reader): Secret {
  return Secret.copy(reader.bytes(32));
}
