import { toHex } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { DurableState } from "./durable-frame.js";
import { maxReceivedIncarnations, windowBytes, windowMessages } from "./durable-limits.js";
import { higher, type Incarnation, type ReceivedIncarnation, type SentIncarnation } from "./incarnation.js";
import { lostMessages, type LostMessages } from "./lost-messages.js";
import { contradiction, type Contradiction } from "./regression.js";

/** What a receiver keeps durably. */
export interface DeliveredState {
  /** The highest fence that was forgotten, 0 where none was. */
  readonly floor: bigint;
  readonly delivered: readonly Omit<ReceivedIncarnation, "received">[];
}

interface Lane {
  readonly incarnation: Incarnation;
  delivered: bigint;
  received: bigint;
  /** Whether the peer still speaks of it. */
  announced: boolean;
}

/**
 * The receiving half of a durable channel, sans-I/O: says which messages are new, keeps their order, and knows what was acknowledged.
 *
 * @see PROTOCOL, section 19
 */
export class DurableReceiver {
  readonly #lanes = new Map<string, Lane>();
  readonly #refused = new Set<string>();
  #floor: bigint;
  /** The lengths of messages that have come and are not acknowledged. */
  readonly #held = new Map<string, number>();
  #heldBytes = 0;

  /** `stored`: what was acknowledged so far. */
  constructor(stored: DeliveredState) {
    this.#floor = stored.floor;
    for (const { incarnation, delivered } of stored.delivered)
      this.#lanes.set(incarnation.hex, { incarnation, delivered, received: delivered, announced: false });
  }

  /** What the peer is told. */
  get state(): Pick<DurableState, "floor" | "received"> {
    const received = [...this.#lanes.values()].map(({ incarnation, delivered, received: seen }) => ({
      incarnation,
      delivered,
      received: seen,
    }));
    return { floor: this.#floor, received };
  }

  /** What is to be stored when, of the incarnations in `also`, messages have been acknowledged up to those numbers. */
  toStore(also: ReadonlyMap<string, bigint> = new Map()): DeliveredState {
    const delivered = [...this.#lanes.values()].map(({ incarnation, delivered: seq }) => ({
      incarnation,
      delivered: higher(also.get(incarnation.hex) ?? 0n, seq),
    }));
    return { floor: this.#floor, delivered };
  }

  /** What has come of the peer that it does not remember. */
  contradiction(sent: readonly SentIncarnation[]): Contradiction | undefined {
    return contradiction(sent, this.state.received, this.#floor);
  }

  /** Takes what the peer says of its incarnations. Where that contradicts what has come, nothing has changed. `changed`: store it. */
  opened(sent: readonly SentIncarnation[]): {
    readonly contradiction: Contradiction | undefined;
    readonly lost: readonly LostMessages[];
    readonly changed: boolean;
  } {
    const found = this.contradiction(sent);
    if (found !== undefined) return { contradiction: found, lost: [], changed: false };
    const lost: LostMessages[] = [];
    let changed = false;
    for (const lane of this.#lanes.values()) lane.announced = false;
    this.#refused.clear();
    for (const entry of sent) changed = this.#announced(entry, lost) || changed;
    changed = this.#forgetOldest() || changed;
    return { contradiction: undefined, lost, changed };
  }

  /**
   * A message has come: `new` ones go to the application, `repeated` and `refused` ones to nobody.
   *
   * @throws frame-unexpected where it is out of order, beyond the window, or of an incarnation of which the peer has not spoken
   */
  message(incarnation: Uint8Array, seq: bigint, length: number): "new" | "repeated" | "refused" {
    const hex = toHex(incarnation);
    if (this.#refused.has(hex)) return "refused";
    const lane = this.#lanes.get(hex);
    if (lane?.announced !== true) throw unexpected("of an incarnation that was not announced");
    if (seq <= lane.received) return "repeated";
    if (seq !== lane.received + 1n) throw unexpected("out of order");
    if (this.#held.size >= windowMessages || this.#heldBytes >= windowBytes)
      throw unexpected("beyond the window");
    lane.received = seq;
    this.#held.set(`${hex}:${seq}`, length);
    this.#heldBytes += length;
    return "new";
  }

  /** Whether the message is the next one to be acknowledged. */
  isNext(incarnation: string, seq: bigint): boolean {
    return this.#lanes.get(incarnation)?.delivered === seq - 1n;
  }

  /** The application has acknowledged the next message, and the store knows it. */
  acknowledged(incarnation: string, seq: bigint): void {
    const lane = this.#lanes.get(incarnation);
    if (lane === undefined || lane.delivered >= seq) return;
    lane.delivered = seq;
    this.#letGo(incarnation, seq);
  }

  #announced({ incarnation, acknowledged }: SentIncarnation, lost: LostMessages[]): boolean {
    const lane = this.#lanes.get(incarnation.hex);
    if (lane === undefined && incarnation.fence <= this.#floor) {
      this.#refused.add(incarnation.hex);
      return false;
    }
    const delivered = lane?.delivered ?? 0n;
    if (acknowledged > delivered)
      lost.push(lostMessages("received", "forgotten", incarnation, delivered + 1n, acknowledged));
    if (lane === undefined) {
      const added = { incarnation, delivered: acknowledged, received: acknowledged, announced: true };
      this.#lanes.set(incarnation.hex, added);
      return true;
    }
    lane.announced = true;
    if (acknowledged <= delivered) return false;
    for (let seq = delivered + 1n; seq <= acknowledged && seq <= lane.received; seq++)
      this.#letGo(incarnation.hex, seq);
    lane.delivered = acknowledged;
    if (lane.received < acknowledged) lane.received = acknowledged;
    return true;
  }

  #letGo(incarnation: string, seq: bigint): void {
    const id = `${incarnation}:${seq}`;
    this.#heldBytes -= this.#held.get(id) ?? 0;
    this.#held.delete(id);
  }

  /** Of those of which the peer does not speak any more, the oldest go first: their fence stands for them. */
  #forgetOldest(): boolean {
    const excess = this.#lanes.size - maxReceivedIncarnations;
    if (excess <= 0) return false;
    const oldest = [...this.#lanes.values()]
      .filter(({ announced, received, delivered }) => !announced && received === delivered)
      .sort((a, b) => (a.incarnation.fence < b.incarnation.fence ? -1 : 1))
      .slice(0, excess);
    for (const { incarnation } of oldest) {
      this.#lanes.delete(incarnation.hex);
      if (incarnation.fence > this.#floor) this.#floor = incarnation.fence;
    }
    return oldest.length > 0;
  }
}

function unexpected(why: string): SessionError<"frame-unexpected"> {
  return new SessionError("frame-unexpected", `A durable message came ${why}.`);
}
