import { fromHex, fromUtf8, Reader, toHex, utf8, Writer } from "../bytes/index.js";
import type { SessionEnd, SessionMetrics } from "../session/index.js";
import { suites, type Role, type SuiteName } from "../session/index.js";
import type { PeerId } from "./peer-id.js";

/** How a stored session stands. `open` also where the process ended before it could write more. */
export type StoredStatus = "open" | "renewed" | SessionEnd["kind"];

const statuses: readonly StoredStatus[] = [
  "open",
  "closed",
  "truncated",
  "failed",
  "expired",
  "renewed",
  "quarantined",
  "fenced",
];
const roles: readonly Role[] = ["initiator", "responder"];

/** What the store knows of a session: no key. Sealed; but the ids of the session and the peer stand in its name, in clear. */
export interface SessionRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Whom the session is with. */
  readonly peer: PeerId;
  /** This end's, in the lineage's full handshake. */
  readonly role: Role;
  /** What the handshake agreed on. */
  readonly suite: SuiteName;
  /** The address of the other end, as the connection gave it. */
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When a message last went either way: milliseconds since 1970. */
  readonly lastActivity: number;
  /** `open` where nothing later was stored: it may have ended with the process. */
  readonly status: StoredStatus;
  /** Messages that this end has sent. */
  readonly sentMessages: bigint;
  /** Messages that this end has received. */
  readonly receivedMessages: bigint;
}

/** The version of the codec. */
export const sessionRecordCodec = 1;

/** The record of a session as it stands. */
export function sessionRecord(
  session: Pick<SessionRecord, "id" | "peer" | "role" | "suite" | "remote">,
  metrics: SessionMetrics,
  status: StoredStatus,
): SessionRecord {
  const { id, peer, role, suite, remote } = session;
  const { createdAt, lastActivity, sent, received } = metrics;
  const counts = { sentMessages: sent.messages, receivedMessages: received.messages };
  return { id, peer, role, suite, remote, createdAt, lastActivity, status, ...counts };
}

/** The bytes of a record. @see PROTOCOL, section 11 */
export function encodeSessionRecord(record: SessionRecord): Uint8Array {
  const remote = utf8(record.remote);
  return new Writer()
    .bytes(fromHex(record.id)!)
    .bytes(fromHex(record.peer)!)
    .u8(roles.indexOf(record.role))
    .u16(suites[record.suite].id)
    .u8(statuses.indexOf(record.status))
    .u64(BigInt(Math.trunc(record.createdAt)))
    .u64(BigInt(Math.trunc(record.lastActivity)))
    .u64(record.sentMessages)
    .u64(record.receivedMessages)
    .u16(remote.length)
    .bytes(remote)
    .finish();
}

/** Reads a record. @throws snapshot-invalid */
export function decodeSessionRecord(bytes: Uint8Array): SessionRecord {
  const reader = new Reader(bytes, "snapshot-invalid", "stored session");
  const id = toHex(reader.bytes(32));
  const peer = toHex(reader.bytes(32));
  const role = roles[reader.u8()] ?? reader.fail("has an unknown role");
  const suiteId = reader.u16();
  const suite =
    Object.values(suites).find(known => known.id === suiteId)?.name ?? reader.fail("has an unknown suite");
  const status = statuses[reader.u8()] ?? reader.fail("has an unknown status");
  const [createdAt, lastActivity] = [Number(reader.u64()), Number(reader.u64())];
  const [sentMessages, receivedMessages] = [reader.u64(), reader.u64()];
  const remoteBytes = reader.bytes(reader.u16());
  reader.end();
  let remote: string;
  try {
    remote = fromUtf8(remoteBytes);
  } catch {
    return reader.fail("has an address that is no text");
  }
  return { id, peer, role, suite, remote, createdAt, lastActivity, status, sentMessages, receivedMessages };
}
