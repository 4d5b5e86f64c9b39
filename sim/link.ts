import { SessionError } from "../src/errors/index.js";
import type { Connection, ConnectionEvents } from "../src/ports/index.js";
import type { Session } from "../src/manager/index.js";
import { readU32LittleEndian } from "../src/bytes/index.js";
import type { Oracle } from "./oracle.js";
import { OpeningKeys } from "./opening-keys.js";
import { frameFlag, generationOf, rotationOf } from "../src/record/index.js";
import type { FaultCount } from "./faults.js";
import type { LinkLedger } from "./link-ledger.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { SimProcess } from "./sim-process.js";
import type { Timeline } from "./timeline.js";
import type { Findings } from "./violation.js";

/** What links need from the network that they are in. */
export interface LinkContext {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly findings: Findings;
  readonly faults: FaultCount;
  readonly oracle: Oracle;
  /** Milliseconds for which older keys open records on datagrams. */
  readonly grace: number;
  /** Whether things go wrong at present. */
  readonly stormy: () => boolean;
  /** Milliseconds since the last fault; 0 in bad weather. */
  readonly calmFor: () => number;
  /** Whether the two hosts can reach each other. */
  readonly connected: (a: number, b: number) => boolean;
}

/** One frame on its way. Copies of one frame are one object. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** As the sender wrote it; false where the network changed it or brought it from elsewhere. */
  readonly genuine: boolean;
  /** What the receiver's monotonic clock said when it was sent. */
  readonly sentAt: number;
  /** How many times the sender had changed session or generation before it. */
  readonly era: number;
  readonly rotation: number;
  accepted: boolean;
}

const firstSealedType = 0x10;
const durableType = 0x14;
const highWaterMark = 32_768;

/** One end of a path between two processes. */
export abstract class LinkEnd implements Connection {
  abstract readonly delivery: "ordered" | "datagram";
  readonly remote: string;
  readonly context: LinkContext;
  readonly process: SimProcess;
  readonly ledger: LinkLedger;
  /** Which end: 0 connects, 1 accepts. */
  readonly side: 0 | 1;
  readonly latency: number;
  far!: LinkEnd;
  /** The session over this link, once it is established. */
  session: Session | undefined;
  protected events: ConnectionEvents | undefined;
  protected paused = false;
  protected closed = false;
  protected over = false;
  protected blocked = false;
  /** Bytes on their way to this end. */
  inboundBytes = 0;
  #maxFrameLength = 1_048_606;
  #sealedUnder = -1;
  #renewalFlags = 0;
  #askedFlags = 0;
  #era = 0;
  #newestEra = 0;
  #newestRotation = 0;
  #olderRotation = 0;
  readonly #keys = new OpeningKeys();

  constructor(context: LinkContext, process: SimProcess, ledger: LinkLedger, side: 0 | 1, latency: number) {
    this.context = context;
    this.process = process;
    this.ledger = ledger;
    this.side = side;
    this.latency = latency;
    this.remote = `sim://${ledger.link}`;
    process.links.add(this);
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Whether what was written last is under another session of the lineage than when this was last asked. */
  changedSession(): boolean {
    const changed = this.#renewalFlags !== this.#askedFlags;
    this.#askedFlags = this.#renewalFlags;
    return changed;
  }

  start(events: ConnectionEvents): void {
    this.events = events;
    this.flow();
  }

  write(bytes: Uint8Array): boolean {
    const { context, process, far } = this;
    context.findings.require(bytes.length > 0, () => "an empty frame was written");
    if (!process.mayAct() || this.closed || this.over) return false;
    if (bytes[0]! >= firstSealedType) this.#noteEpoch(bytes);
    if (bytes[0] === durableType) this.process.watches.get(this.remote)?.durable("sent");
    const sentAt = far.process.clock.read().monotonic;
    const rotation = bytes[0]! >= firstSealedType ? rotationOf(readU32LittleEndian(bytes, 10)) : 0;
    this.carry({ bytes, genuine: true, sentAt, era: this.#era, rotation, accepted: false });
    if (far.inboundBytes >= highWaterMark) this.blocked = true;
    return !this.blocked;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.flow();
  }

  setMaxFrameLength(length: number): void {
    this.#maxFrameLength = length;
  }

  abstract close(): void;
  abstract destroy(): void;
  /** Takes a frame of this end on its way. */
  protected abstract carry(frame: Frame): void;
  /** Delivers what can be delivered now. */
  abstract flow(): void;
  /** The process of this end has stopped. */
  abstract abandoned(): void;

  /** Whether something can be delivered to the owner of this end. */
  protected get ready(): boolean {
    return this.events !== undefined && !this.paused && !this.over && this.process.running;
  }

  /** Hands a frame to the owner, and checks what it does with it. `refused`: it must not open. */
  protected deliver(frame: Frame, mustRefuse: boolean): void {
    const { session, process } = this;
    this.relieve(frame.bytes.length);
    if (frame.bytes.length > this.#maxFrameLength) {
      if (this.delivery === "datagram") return;
      this.context.findings.report(
        `a frame of ${frame.bytes.length} bytes is longer than its receiver accepts`,
      );
    }
    const before = this.#recordsOpened(session);
    if (frame.bytes[0] === durableType) process.watches.get(this.remote)?.durable("received");
    const mustAccept = !mustRefuse && session !== undefined && this.#mustOpen(frame, session);
    process.enter(() => this.events!.frame(Uint8Array.from(frame.bytes)));
    // A session that was resumed counts what earlier ones have opened.
    const opened =
      session === undefined
        ? Number(this.session !== undefined && frame.bytes[0]! >= firstSealedType)
        : this.#recordsOpened(session) - before;
    const { findings } = this.context;
    findings.require(
      !(mustRefuse && opened > 0),
      () => `${this.remote}: a frame opened that its receiver had to refuse`,
    );
    findings.require(
      !(mustAccept && opened !== 1),
      () =>
        `${this.remote}: a frame that came in time did not open ` +
        `(era ${frame.era}/${this.#newestEra}, rotation ${frame.rotation}/${this.#newestRotation}, ` +
        `refused: ${JSON.stringify(session?.metrics().refused)})`,
    );
    if (opened === 1 && frame.genuine) this.#noteAccepted(frame);
  }

  /** Keys of this end that should have been erased: a newer one has opened something, and the grace time is over. */
  get overdueKeys(): number {
    const grace = this.delivery === "ordered" ? 0 : this.context.grace;
    return this.#keys.overdue(this.process.clock.read().monotonic, grace);
  }

  /** Bytes have left the way to this end. */
  protected relieve(bytes: number): void {
    this.inboundBytes -= bytes;
    const { far } = this;
    if (!far.blocked || this.inboundBytes > highWaterMark / 2) return;
    far.blocked = false;
    this.context.timeline.after(1, () => {
      if (far.events !== undefined && !far.over && !far.closed && far.process.running)
        far.process.enter(() => far.events!.drain());
    });
  }

  protected finish(error: SessionError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.process.links.delete(this);
    const { events } = this;
    if (events !== undefined && this.process.alive) this.process.enter(() => events.end(error));
  }

  protected lost(): SessionError {
    return new SessionError("connection-lost", "The path was cut: connect again.");
  }

  #recordsOpened(session: Session | undefined): number {
    return session === undefined ? 0 : Number(session.metrics().received.records);
  }

  /** Whether a live session must open this frame: it is new, and under keys that are still kept. */
  #mustOpen(frame: Frame, session: Session): boolean {
    const { name } = session.state;
    if (!frame.genuine || frame.accepted || frame.bytes[0]! < firstSealedType) return false;
    if (name !== "active" && name !== "near-expiry") return false;
    if (this.process.clock.read().monotonic - frame.sentAt >= this.context.grace / 2) return false;
    if (frame.era < this.#newestEra - 1) return false;
    if (frame.era > this.#newestEra) return frame.rotation <= 64;
    const newest = frame.era === this.#newestEra ? this.#newestRotation : this.#olderRotation;
    return frame.rotation >= newest - 3 && frame.rotation <= newest + 64;
  }

  #noteAccepted(frame: Frame): void {
    frame.accepted = true;
    const { lastOpened } = this.context.oracle;
    if (lastOpened !== undefined)
      this.#keys.opened(
        lastOpened,
        frame.era * 0x1_0000 + frame.rotation,
        this.process.clock.read().monotonic,
      );
    if (frame.era > this.#newestEra) {
      this.#olderRotation = frame.era === this.#newestEra + 1 ? this.#newestRotation : 0xffff;
      this.#newestEra = frame.era;
      this.#newestRotation = frame.rotation;
    } else if (frame.era === this.#newestEra) {
      this.#newestRotation = Math.max(this.#newestRotation, frame.rotation);
    } else if (frame.era === this.#newestEra - 1) {
      this.#olderRotation = Math.max(this.#olderRotation, frame.rotation);
    }
  }

  #noteEpoch(bytes: Uint8Array): void {
    const generation = generationOf(readU32LittleEndian(bytes, 10));
    const flags = bytes[1]! & frameFlag.renewals;
    if (flags !== this.#renewalFlags)
      this.process.watches.get(this.remote)?.model?.began(this.process.clock.read());
    this.#renewalFlags = flags;
    const under = (this.#renewalFlags << 16) | generation;
    if (this.#sealedUnder !== -1 && under !== this.#sealedUnder) this.#era++;
    this.#sealedUnder = under;
  }
}
