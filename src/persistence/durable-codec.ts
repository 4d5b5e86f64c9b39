import { Reader, Writer } from "../bytes/index.js";
import {
  incarnation,
  incarnationLength,
  type DeliveredState,
  type Incarnation,
  type SentIncarnation,
} from "../outbox/index.js";

/** The version of the codec of a stored message: its bytes as they are. */
export const outboxRowCodec = 1;
/** The version of the codec of the outbox's head: what the peer has acknowledged. */
export const outboxHeadCodec = 1;
/** The version of the codec of the inbox: what was acknowledged to the peer. */
export const inboxCodec = 1;

/** The bytes of the outbox's head. @see PROTOCOL, section 11 */
export function encodeOutboxHead(sent: readonly SentIncarnation[]): Uint8Array {
  const writer = new Writer().u16(sent.length);
  for (const { incarnation: own, acknowledged, last } of sent)
    writer.bytes(own.bytes).u64(own.fence).u64(acknowledged).u64(last);
  return writer.finish();
}

/** Reads the outbox's head. @throws snapshot-invalid */
export function decodeOutboxHead(bytes: Uint8Array): SentIncarnation[] {
  const reader = new Reader(bytes, "snapshot-invalid", "stored outbox");
  const sent = Array.from({ length: reader.u16() }, () => ({
    incarnation: readIncarnation(reader),
    acknowledged: reader.u64(),
    last: reader.u64(),
  }));
  reader.end();
  return sent;
}

/** The bytes of the inbox. @see PROTOCOL, section 11 */
export function encodeInbox({ floor, delivered }: DeliveredState): Uint8Array {
  const writer = new Writer().u64(floor).u16(delivered.length);
  for (const { incarnation: other, delivered: seq } of delivered)
    writer.bytes(other.bytes).u64(other.fence).u64(seq);
  return writer.finish();
}

/** Reads the inbox. @throws snapshot-invalid */
export function decodeInbox(bytes: Uint8Array): DeliveredState {
  const reader = new Reader(bytes, "snapshot-invalid", "stored inbox");
  const floor = reader.u64();
  const delivered = Array.from({ length: reader.u16() }, () => ({
    incarnation: readIncarnation(reader),
    delivered: reader.u64(),
  }));
  reader.end();
  return { floor, delivered };
}

function readIncarnation(reader: Reader): Incarnation {
  const bytes = reader.copy(incarnationLength);
  return incarnation(bytes, reader.u64());
}
