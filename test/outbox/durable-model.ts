import { expect } from "vitest";
import {
  decodeDurable,
  DurableReceiver,
  DurableSender,
  encodeDurable,
  incarnation,
  messageId,
  type DeliveredState,
  type DurableState,
  type Incarnation,
  type LostMessages,
  type SentIncarnation,
} from "../../src/outbox/index.js";

/** What one disk holds of a channel: put back, it is an earlier one. */
export interface Disk {
  fence: bigint;
  head: readonly SentIncarnation[];
  rows: ReadonlyMap<
    string,
    { readonly incarnation: Incarnation; readonly seq: bigint; readonly text: string }
  >;
  inbox: DeliveredState;
  /** The application's own rows: what it has done, by message id, and in which order. */
  effects: readonly { readonly id: string; readonly text: string }[];
}

export const emptyDisk = (): Disk => ({
  fence: 0n,
  head: [],
  rows: new Map(),
  inbox: { floor: 0n, delivered: [] },
  effects: [],
});

let incarnations = 0;
const drawn = (): Uint8Array => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, ++incarnations);
  return bytes;
};

interface Got {
  readonly hex: string;
  readonly seq: bigint;
  readonly text: string;
}

/** One end of a channel over a disk: what `DurableExchange` does, without waiting for anything. */
export class ModelEnd {
  disk: Disk;
  sender: DurableSender;
  receiver: DurableReceiver;
  readonly lost: LostMessages[] = [];
  quarantined = 0;
  /** What the application has in its hands. */
  readonly inHand: Got[] = [];
  /** The ids that have come to this process. */
  readonly came = new Set<string>();
  /** Frames to the peer, as they go out. */
  out: Uint8Array[] = [];
  #open = false;

  constructor(disk: Disk) {
    this.disk = disk;
    this.sender = this.#load();
    this.receiver = new DurableReceiver(disk.inbox);
  }

  /** The process dies and another starts on the same disk. */
  crash(disk = this.disk): void {
    this.disk = disk;
    this.sender = this.#load();
    this.receiver = new DurableReceiver(disk.inbox);
    this.inHand.length = 0;
    this.came.clear();
    this.cut();
  }

  send(text: string): string {
    const { present, nextSeq: seq } = this.sender;
    const id = messageId(present, seq);
    const rows = new Map(this.disk.rows).set(id, { incarnation: present, seq, text });
    const named = this.disk.head.some(({ incarnation: { hex } }) => hex === present.hex);
    this.disk = { ...this.disk, rows, head: named ? this.disk.head : this.sender.state };
    this.sender.stored(present, seq);
    this.#pump();
    return id;
  }

  /** The application deals with the next message, and acknowledges it in the same transaction. */
  acknowledge(): void {
    const got = this.inHand.shift();
    if (got === undefined || !this.receiver.isNext(got.hex, got.seq)) return;
    const effects = [...this.disk.effects, { id: `${got.hex}:${got.seq}`, text: got.text }];
    const inbox = this.receiver.toStore(new Map([[got.hex, got.seq]]));
    this.disk = { ...this.disk, effects, inbox };
    this.receiver.acknowledged(got.hex, got.seq);
    if (!this.#open) return;
    const bytes = Uint8Array.from(Buffer.from(got.hex, "hex"));
    this.#put({ kind: "acknowledged", incarnation: bytes, seq: got.seq });
  }

  tellState(asks: boolean): void {
    this.#put({ kind: "state", asks, sent: this.sender.state, ...this.receiver.state });
  }

  cut(): void {
    this.#open = false;
    this.out = [];
    this.sender.suspended();
  }

  /** False where the session is over: quarantined. */
  take(plaintext: Uint8Array): boolean {
    const frame = decodeDurable(plaintext);
    if (frame.kind === "state") return this.#opened(frame);
    if (!this.#open) return true;
    if (frame.kind === "acknowledged") {
      this.sender.acknowledge(frame.incarnation, frame.seq);
      this.#trim();
      this.#pump();
    } else if (this.receiver.message(frame.incarnation, frame.seq, frame.bytes.length) === "new") {
      const hex = Buffer.from(frame.incarnation).toString("hex");
      const id = `${hex}:${frame.seq}`;
      expect(this.came, "nothing comes twice to one process").not.toContain(id);
      this.came.add(id);
      this.inHand.push({ hex, seq: frame.seq, text: new TextDecoder().decode(frame.bytes) });
    }
    return true;
  }

  #opened(state: DurableState): boolean {
    if (state.asks) this.tellState(false);
    const own = this.sender.opened(state);
    const peers = this.receiver.opened(state.sent);
    this.lost.push(...own.lost, ...peers.lost);
    if (peers.changed) this.disk = { ...this.disk, inbox: this.receiver.toStore() };
    this.#trim();
    if (own.contradiction !== undefined) {
      const highest = state.received.map(({ incarnation: { fence } }) => fence);
      const fence = [...highest, state.floor, this.disk.fence].reduce((a, b) => (a > b ? a : b)) + 1n;
      this.sender.replace(incarnation(drawn(), fence));
      this.disk = { ...this.disk, fence, head: this.sender.state };
    }
    if (own.contradiction !== undefined || peers.contradiction !== undefined) {
      this.quarantined++;
      return false;
    }
    this.#open = true;
    this.#pump();
    return true;
  }

  #pump(): void {
    for (let next = this.sender.next(); next !== undefined; next = this.sender.next()) {
      const { incarnation: own, seq } = next;
      const row = this.disk.rows.get(messageId(own, seq));
      expect(row, "a message that is to go out is in the store").toBeDefined();
      const bytes = new TextEncoder().encode(row!.text);
      this.#put({ kind: "message", incarnation: own.bytes, seq, bytes });
      this.sender.transmitted(bytes.length);
    }
  }

  #trim(): void {
    for (const range of this.sender.trimmable()) {
      const rows = new Map(this.disk.rows);
      for (let { first } = range; first <= range.last; first++)
        rows.delete(messageId(range.incarnation, first));
      this.disk = { ...this.disk, rows, head: this.sender.state };
      this.sender.trimmed(range);
    }
  }

  #put(frame: Parameters<typeof encodeDurable>[0]): void {
    this.out.push(encodeDurable(frame));
  }

  #load(): DurableSender {
    this.disk = { ...this.disk, fence: this.disk.fence + 1n };
    const ranges = new Map<string, { first: bigint; last: bigint }>();
    for (const { incarnation: own, seq } of this.disk.rows.values()) {
      const range = ranges.get(own.hex) ?? { first: seq, last: seq };
      ranges.set(own.hex, {
        first: seq < range.first ? seq : range.first,
        last: seq > range.last ? seq : range.last,
      });
    }
    const head = this.disk.head.map(entry => ({ ...entry, messages: ranges.get(entry.incarnation.hex) }));
    return new DurableSender(head, incarnation(drawn(), this.disk.fence));
  }
}

/** A session between two ends: frames in order, each way. */
export class ModelSession {
  readonly ends: readonly [ModelEnd, ModelEnd];
  over = false;

  constructor(a: ModelEnd, b: ModelEnd) {
    this.ends = [a, b];
    for (const end of this.ends) end.cut();
    a.tellState(true);
  }

  /** Carries one frame from end `from` to the other. */
  carry(from: 0 | 1): void {
    const frame = this.over ? undefined : this.ends[from].out.shift();
    if (frame !== undefined && !this.ends[from === 0 ? 1 : 0].take(frame)) this.cut();
  }

  cut(): void {
    this.over = true;
    for (const end of this.ends) end.cut();
  }
}
