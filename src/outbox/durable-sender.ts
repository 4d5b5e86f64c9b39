import { toHex } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { DurableState } from "./durable-frame.js";
import { maxPastIncarnations, windowBytes, windowMessages } from "./durable-limits.js";
import { higher, type Incarnation, type SentIncarnation } from "./incarnation.js";
import { lostMessages, type LostMessages } from "./lost-messages.js";
import { contradiction, type Contradiction } from "./regression.js";

/** An incarnation as the store has it. */
export interface StoredIncarnation extends SentIncarnation {
  /** The numbers of the first and the last message that is there; undefined where there is none. */
  readonly messages: { readonly first: bigint; readonly last: bigint } | undefined;
}

/** Messages by their place: incarnation, first and last number. */
export interface MessageRange {
  readonly incarnation: Incarnation;
  readonly first: bigint;
  readonly last: bigint;
}

interface Lane {
  readonly incarnation: Incarnation;
  acknowledged: bigint;
  last: bigint;
  /** The highest number that the store has, or had. */
  stored: bigint;
  /** The number up to which the store has let go of acknowledged messages. */
  trimmed: bigint;
  /** The highest number that went out since the peer told its state. */
  sent: bigint;
}

interface UnderWay {
  readonly lane: Lane;
  readonly seq: bigint;
  readonly length: number;
}

/**
 * The sending half of a durable channel, sans-I/O: says which message goes out next, takes the peer's states and acknowledgements, and
 * says what the store may forget. Messages themselves are the owner's.
 *
 * @see PROTOCOL, section 19
 */
export class DurableSender {
  /** By fence, the present incarnation last. */
  #lanes: Lane[];
  #underWay: UnderWay[] = [];
  #bytesUnderWay = 0;
  #flowing = false;

  /** `stored`: what the store has of earlier incarnations, in any order. */
  constructor(stored: readonly StoredIncarnation[], present: Incarnation) {
    this.#lanes = stored
      .map(({ incarnation, acknowledged, last, messages }) => {
        const stored = higher(messages?.last ?? 0n, acknowledged);
        const trimmed = messages === undefined ? acknowledged : messages.first - 1n;
        return { incarnation, acknowledged, last: higher(last, stored), stored, trimmed, sent: acknowledged };
      })
      .sort((a, b) => compare(a.incarnation.fence, b.incarnation.fence));
    this.#lanes.push(newLane(present));
  }

  /** The incarnation under which messages are stored now. */
  get present(): Incarnation {
    return this.#present.incarnation;
  }

  /** The number that the next message gets. */
  get nextSeq(): bigint {
    return this.#present.stored + 1n;
  }

  /** Messages that the peer has not acknowledged. */
  get waiting(): number {
    return this.#lanes.reduce((sum, lane) => sum + Number(lane.stored - lane.acknowledged), 0);
  }

  /** Incarnations with messages that the peer has not acknowledged. */
  get waitingIncarnations(): number {
    return this.#lanes.filter(({ stored, acknowledged }) => stored > acknowledged).length;
  }

  /** What the peer is told, and what is stored once this end has sent under its present incarnation: of incarnations without messages, the newest. */
  get state(): readonly SentIncarnation[] {
    return this.#lanes.map(({ incarnation, acknowledged, last }) => ({ incarnation, acknowledged, last }));
  }

  /** The message is durable. */
  stored({ hex }: Incarnation, seq: bigint): void {
    const lane = this.#lanes.find(({ incarnation }) => incarnation.hex === hex);
    if (lane === undefined) return;
    lane.stored = higher(lane.stored, seq);
    lane.last = higher(lane.last, seq);
  }

  /** What the peer has seen that this end does not remember. */
  contradiction({ received, floor }: Pick<DurableState, "received" | "floor">): Contradiction | undefined {
    return contradiction(this.state, received, floor);
  }

  /**
   * Takes what the peer has, and begins again after it. Where that contradicts what this end remembers, nothing flows until `replace`.
   */
  opened({ received, floor }: Pick<DurableState, "received" | "floor">): {
    readonly contradiction: Contradiction | undefined;
    readonly lost: readonly LostMessages[];
  } {
    const found = this.contradiction({ received, floor });
    const lost: LostMessages[] = [];
    const entries = new Map(received.map(entry => [entry.incarnation.hex, entry]));
    for (const lane of this.#lanes) this.#compare(lane, entries.get(lane.incarnation.hex), floor, lost);
    this.#restart(found === undefined);
    return { contradiction: found, lost };
  }

  /** There is no session to send on. */
  suspended(): void {
    this.#restart(false);
  }

  /** Goes on under a new incarnation, whose fence is above all others. */
  replace(present: Incarnation): void {
    this.#lanes.push(newLane(present));
  }

  /**
   * The peer's application has acknowledged messages up to `seq`. False where that is known already.
   *
   * @throws frame-unexpected where no such message was sent
   */
  acknowledge(incarnation: Uint8Array, seq: bigint): boolean {
    const hex = toHex(incarnation);
    const lane = this.#lanes.find(known => known.incarnation.hex === hex);
    if (lane === undefined || seq <= lane.acknowledged) return false;
    if (seq > lane.last)
      throw new SessionError("frame-unexpected", "A durable message was acknowledged that was not sent.");
    this.#advance(lane, seq);
    return true;
  }

  /** What goes out next, where the window has room. */
  next(): { readonly incarnation: Incarnation; readonly seq: bigint } | undefined {
    if (!this.#flowing || this.#underWay.length >= windowMessages || this.#bytesUnderWay >= windowBytes)
      return undefined;
    const lane = this.#lanes.find(({ sent, stored }) => sent < stored);
    return lane && { incarnation: lane.incarnation, seq: lane.sent + 1n };
  }

  /** What `next` gave has gone out; `length`: of the message, in bytes. */
  transmitted(length: number): void {
    const lane = this.#lanes.find(({ sent, stored }) => sent < stored)!;
    lane.sent++;
    this.#underWay.push({ lane, seq: lane.sent, length });
    this.#bytesUnderWay += length;
  }

  /** Acknowledged messages that the store still has. */
  trimmable(): readonly MessageRange[] {
    return this.#lanes
      .filter(({ trimmed, acknowledged }) => trimmed < acknowledged)
      .map(({ incarnation, trimmed, acknowledged, stored }) => ({
        incarnation,
        first: trimmed + 1n,
        last: acknowledged < stored ? acknowledged : stored,
      }));
  }

  /** The store has let go of `range`. */
  trimmed({ incarnation, last }: MessageRange): void {
    const lane = this.#lanes.find(known => known.incarnation === incarnation);
    if (lane !== undefined && lane.trimmed < last) lane.trimmed = last;
    this.#forgetPast();
  }

  get #present(): Lane {
    return this.#lanes.at(-1)!;
  }

  #compare(
    lane: Lane,
    entry: DurableState["received"][number] | undefined,
    floor: bigint,
    lost: LostMessages[],
  ): void {
    const { incarnation, acknowledged } = lane;
    if (entry === undefined && incarnation.fence <= floor) {
      if (acknowledged < lane.stored)
        lost.push(lostMessages("sent", "refused", incarnation, acknowledged + 1n, lane.stored));
      return this.#advance(lane, lane.stored);
    }
    const delivered = entry?.delivered ?? 0n;
    if (delivered < acknowledged)
      lost.push(lostMessages("sent", "peer-forgot", incarnation, delivered + 1n, acknowledged));
    if (entry !== undefined && entry.received > lane.last) lane.last = entry.received;
    if (delivered > acknowledged) this.#advance(lane, delivered);
  }

  #advance(lane: Lane, seq: bigint): void {
    if (seq <= lane.acknowledged) return;
    lane.acknowledged = seq;
    if (lane.stored < seq) lane.stored = seq;
    if (lane.sent < seq) lane.sent = seq;
    this.#underWay = this.#underWay.filter(message => {
      const over = message.lane === lane && message.seq <= seq;
      if (over) this.#bytesUnderWay -= message.length;
      return !over;
    });
  }

  #restart(flowing: boolean): void {
    for (const lane of this.#lanes) lane.sent = lane.acknowledged;
    this.#underWay = [];
    this.#bytesUnderWay = 0;
    this.#flowing = flowing;
  }

  /** Of incarnations whose messages are all acknowledged, the newest are enough to tell whether the peer has forgotten something. */
  #forgetPast(): void {
    const past = this.#lanes.slice(0, -1).filter(({ trimmed, stored }) => trimmed >= stored);
    const forgotten = new Set(past.slice(0, Math.max(0, past.length - maxPastIncarnations)));
    if (forgotten.size > 0) this.#lanes = this.#lanes.filter(lane => !forgotten.has(lane));
  }
}

function newLane(incarnation: Incarnation): Lane {
  return { incarnation, acknowledged: 0n, last: 0n, stored: 0n, trimmed: 0n, sent: 0n };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
