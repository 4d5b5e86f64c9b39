import { concat, Reader, Writer } from "../bytes/index.js";
import {
  incarnation,
  incarnationLength,
  type ReceivedIncarnation,
  type SentIncarnation,
} from "./incarnation.js";

/** What each end tells the other before messages flow, and again whenever the other asks. */
export interface DurableState {
  /** Whether the sender wants the other's state in return: it has just opened its channel, or the session. */
  readonly asks: boolean;
  /** Incarnations of the sender's own, by fence, the present one last. */
  readonly sent: readonly SentIncarnation[];
  /** The highest fence among the receiver's incarnations that it has forgotten: what is unknown at or under it is refused. */
  readonly floor: bigint;
  /** What it has of the receiver's incarnations. */
  readonly received: readonly ReceivedIncarnation[];
}

/** What the ends of a durable channel say to each other. @see PROTOCOL, section 19 */
export type DurableFrame =
  | {
      readonly kind: "message";
      /** 16 bytes. */
      readonly incarnation: Uint8Array;
      readonly seq: bigint;
      /** 1 to 1,048,551 bytes. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "acknowledged"; readonly incarnation: Uint8Array; readonly seq: bigint }
  | ({ readonly kind: "state" } & DurableState);

const kindBytes = { message: 1, acknowledged: 2, state: 3 } as const satisfies Record<
  DurableFrame["kind"],
  number
>;

/** The plaintext of a durable frame. */
export function encodeDurable(frame: DurableFrame): Uint8Array {
  const writer = new Writer().u8(kindBytes[frame.kind]);
  switch (frame.kind) {
    case "message":
      return concat(writer.bytes(frame.incarnation).u64(frame.seq).finish(), frame.bytes);
    case "acknowledged":
      return writer.bytes(frame.incarnation).u64(frame.seq).finish();
    case "state": {
      writer.u8(frame.asks ? 1 : 0).u16(frame.sent.length);
      for (const { incarnation: own, acknowledged, last } of frame.sent)
        writer.bytes(own.bytes).u64(own.fence).u64(acknowledged).u64(last);
      writer.u64(frame.floor).u16(frame.received.length);
      for (const { incarnation: other, delivered, received } of frame.received)
        writer.bytes(other.bytes).u64(other.fence).u64(delivered).u64(received);
      return writer.finish();
    }
  }
}

/** Reads the plaintext of a durable frame; bytes in it are views. @throws frame-malformed */
export function decodeDurable(plaintext: Uint8Array): DurableFrame {
  const reader = new Reader(plaintext, "frame-malformed", "durable frame");
  const kind = reader.u8();
  switch (kind) {
    case kindBytes.message: {
      const { incarnation: bytes, seq } = readId(reader);
      if (reader.remaining === 0) reader.fail("holds no bytes of a message");
      return { kind: "message", incarnation: bytes, seq, bytes: reader.rest() };
    }
    case kindBytes.acknowledged: {
      const { incarnation: bytes, seq } = readId(reader);
      reader.end();
      return { kind: "acknowledged", incarnation: bytes, seq };
    }
    case kindBytes.state:
      return { kind: "state", ...readState(reader) };
    default:
      return reader.fail(`has kind ${kind}, which this version does not know`);
  }
}

function readId(reader: Reader): { readonly incarnation: Uint8Array; readonly seq: bigint } {
  const bytes = reader.bytes(incarnationLength);
  const seq = reader.u64();
  if (seq === 0n) reader.fail("numbers a message 0: the first is 1");
  return { incarnation: bytes, seq };
}

function readState(reader: Reader): DurableState {
  const asks = reader.u8();
  if (asks > 1) reader.fail(`asks ${asks}, which this version does not know`);
  const sent = readList(reader, (own, acknowledged, last) => ({ incarnation: own, acknowledged, last }));
  if (sent.length === 0) reader.fail("names no incarnation of its sender");
  const floor = reader.u64();
  const received = readList(reader, (other, delivered, seen) => ({
    incarnation: other,
    delivered,
    received: seen,
  }));
  reader.end();
  return { asks: asks === 1, sent, floor, received };
}

type Incarnation = SentIncarnation["incarnation"];

function readList<Item>(
  reader: Reader,
  item: (incarnation: Incarnation, low: bigint, high: bigint) => Item,
): Item[] {
  const seen = new Set<string>();
  return Array.from({ length: reader.u16() }, () => {
    const bytes = reader.copy(incarnationLength);
    const [fence, low, high] = [reader.u64(), reader.u64(), reader.u64()];
    const named = incarnation(bytes, fence);
    if (fence === 0n || low > high || seen.has(named.hex))
      reader.fail("lists an incarnation twice, without a fence, or with numbers out of order");
    seen.add(named.hex);
    return item(named, low, high);
  });
}
