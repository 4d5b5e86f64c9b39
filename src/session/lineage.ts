import { earliest, toHex } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import {
  checkOutput,
  checkPlaintext,
  generationOf,
  recordOverhead,
  rotationOf,
  sealedFrameType,
  type OpenedFrame,
  type SealedFrameType,
} from "../record/index.js";
import { encodeControl, type Control } from "./control.js";
import { EdgeNotices } from "./edge-notices.js";
import type { EstablishedPhase } from "./established-phase.js";
import { maxForgeries } from "./key-policy.js";
import type { Role } from "./key-schedule.js";
import { KeyTiming } from "./key-timing.js";
import type { ExpiryReason, SessionStatus } from "./session-status.js";
import { expired, tooMuch } from "./limit-errors.js";
import { Leases } from "./leases.js";
import type { LineageConfig } from "./lineage-config.js";
import { LineageExchanges } from "./lineage-exchanges.js";
import type { LineageMemory } from "./lineage-memory.js";
import { messagesOf, unordered } from "./opened-messages.js";
import { LineageRestoring } from "./lineage-restoring.js";
import { PhaseSet } from "./phase-set.js";
import { Replies } from "./replies.js";
import type { LineageInspection } from "./session-inspection.js";

/**
 * One session through its renewals: what is under which keys, when keys move on, how long it may go on. It sees only frames of
 * established sessions; states and paths are the machine's.
 *
 * @see PROTOCOL, sections 14 to 16; LIFECYCLE, for the reasons
 */
export class Lineage {
  readonly #config: LineageConfig;
  readonly #phases: PhaseSet;
  readonly #timing: KeyTiming;
  readonly #notices: EdgeNotices;
  readonly #leases: Leases | undefined;
  /** The limits begin again, and the state does not show it yet. */
  #justRenewed = false;
  /** Since the last generation, or since they led to one. */
  #forgeries = 0;
  /** Confirmations, pings and their answers. */
  readonly replies: Replies;
  /** What the two ends agree on inside the session: generations and renewals. */
  readonly exchanges: LineageExchanges;
  /** What the lineage can be restored from, and what its ends say of that. */
  readonly restoring: LineageRestoring;
  /** What outlives the path. */
  readonly memory: LineageMemory;

  /** `first`: the session that the path begins with. */
  constructor(config: LineageConfig, first: EstablishedPhase, memory: LineageMemory, now: Instant) {
    this.#config = config;
    this.#notices = new EdgeNotices(config.outbox);
    this.#leases = config.gate && new Leases(config.gate);
    this.memory = memory;
    this.#phases = new PhaseSet(first, config.ordering, config.grace, (from, to, at) =>
      this.#renewed(from, to, at),
    );
    this.#timing = new KeyTiming(config.keyPolicy, config.role, now);
    const send = (control: Control, at: Instant): void => this.sendControl(control, at);
    this.replies = new Replies(config.outbox, send);
    this.exchanges = new LineageExchanges(config, this.#phases, this.#timing, send, now);
    this.restoring = new LineageRestoring(config, this.#phases, memory, send);
  }

  /** This end's, in the lineage's full handshake. */
  get role(): Role {
    return this.#config.role;
  }

  get current(): EstablishedPhase {
    return this.#phases.current;
  }

  /** Whether the next send will succeed, for the local limits at the time `now`. */
  status(now: Instant): SessionStatus {
    return this.#phases.sending.lifetime.status(now);
  }

  expiredBy(now: Instant): ExpiryReason | undefined {
    return this.#phases.sending.lifetime.expiredBy(now);
  }

  /** A frame of the stream multiplexer or of a durable channel: one message. @throws delivery-unordered on datagrams, and as `sealFrame` */
  sealOrdered(type: "stream" | "durable", plaintext: Uint8Array, now: Instant): Uint8Array {
    if (this.#config.ordering === "out-of-order") throw unordered(type);
    return this.sealFrame(sealedFrameType[type], plaintext, 1, plaintext.length, now);
  }

  /** A frame of `messages` application messages, `bytes` in all. @throws session-expired, limit-exceeded; nothing has changed then */
  sealFrame(
    type: SealedFrameType,
    plaintext: Uint8Array,
    messages: number,
    bytes: number,
    now: Instant,
  ): Uint8Array {
    checkPlaintext(plaintext);
    this.#beforeSealing(messages, bytes, now);
    const frame = this.#phases.sending.sealFrame(type, plaintext);
    this.#afterSealing(messages, bytes, now);
    return frame;
  }

  /** A bare record, in `output` where one is given. Where its policy rotates the key first, the peer is told at once. @throws session-expired, limit-exceeded; nothing has changed then */
  sealRecord(plaintext: Uint8Array, now: Instant, output?: Uint8Array): Uint8Array {
    checkPlaintext(plaintext);
    if (output !== undefined) checkOutput(output, plaintext.length + recordOverhead);
    const rotated = this.#beforeSealing(1, plaintext.length, now);
    // The peer follows by frames alone.
    if (rotated) this.sendControl({ kind: "epoch" }, now);
    const record = this.#phases.sending.records.sealBare(plaintext, output);
    this.#afterSealing(1, plaintext.length, now);
    return record;
  }

  sendControl(control: Control, now: Instant, phase = this.#phases.sending): void {
    const frame = phase.sealFrame(sealedFrameType.control, encodeControl(control));
    this.#config.metrics.sent.count(1, 0, 0, now);
    this.#config.outbox.put({ kind: "frame", frame });
  }

  /** Opens a frame; the phase says which session of the lineage it was under. `onOpened` comes before what the frame moves is told. @throws as `FrameOpener.open` */
  openFrame(
    frame: Uint8Array,
    now: Instant,
    onOpened: () => void = () => undefined,
  ): { readonly opened: OpenedFrame; readonly phase: EstablishedPhase } {
    const before = this.current;
    const epochBefore = before.openingEpoch;
    const { content, phase } = this.#phases.openFrame(frame, now);
    this.#config.metrics.received.count(1, 0, 0, now);
    onOpened();
    this.#follow(before, epochBefore, now);
    return { opened: content, phase };
  }

  /** Opens a bare record, into `output` where one is given, and counts it. @throws as `RecordOpener.open` */
  openRecord(record: Uint8Array, now: Instant, output?: Uint8Array): Uint8Array {
    const { content, phase } = this.#phases.openRecord(record, now, output);
    this.#config.metrics.received.count(1, 0, 0, now);
    this.#countReceived(phase, 1, record.length - recordOverhead, now);
    return content;
  }

  /** Counts application messages that were opened under `phase`. @throws session-expired where the peer has sent more than was agreed */
  #countReceived(phase: EstablishedPhase, messages: number, bytes: number, now: Instant): void {
    const over = phase === this.current ? phase.lifetime.expiredBy(now) : undefined;
    const exceeded = over ?? phase.lifetime.exceededBy("received", messages, bytes);
    if (exceeded !== undefined) throw expired(exceeded);
    phase.lifetime.countReceived(messages, bytes, now);
    this.#leases?.received(phase.lifetime);
    this.#config.metrics.received.count(0, messages, bytes, now);
    this.#timing.opened();
  }

  /**
   * What an opened frame holds for the application, counted: each item of a batch, the plaintext of a message or a stream frame.
   *
   * @throws batch-malformed, session-expired, frame-unexpected for a control frame, and for a stream frame on datagrams
   */
  readMessages(opened: OpenedFrame, phase: EstablishedPhase, now: Instant): Uint8Array[] {
    const messages = messagesOf(opened, this.#config.ordering);
    let bytes = 0;
    for (const message of messages) bytes += message.length;
    this.#countReceived(phase, messages.length, bytes, now);
    return messages;
  }

  /** Whether the path takes no frames: till it does, what answers the peer waits. */
  pathBlocked(blocked: boolean, now: Instant): void {
    this.exchanges.pathBlocked(blocked);
    this.replies.hold(blocked, now);
  }

  /** Goes on with what a control frame says, but for `close`, which is the machine's. */
  control(
    control: Exclude<Control, { kind: "close" | "restored" }>,
    phase: EstablishedPhase,
    now: Instant,
  ): void {
    if ("body" in control) this.exchanges.receive(control, phase, now);
    else this.replies.receive(control, now);
  }

  /**
   * Moves this direction to its next rotation. Not from a key under which nothing was sealed: the peer learns of rotations by their
   * frames, and is lost where too many have none. Where records are lost as well, a generation takes the place of rotations that the peer
   * may not have seen. @throws rotation-exhausted; nothing has changed then
   */
  rotate(now: Instant): void {
    const { sending } = this.#phases;
    if (!sending.keyUsed) return;
    if (this.#config.ordering === "out-of-order" && this.#timing.mayOutrunPeer) return;
    if (!sending.records.frameSealed) this.sendControl({ kind: "epoch" }, now);
    sending.records.rotate();
    this.#timing.rotated(now);
    this.#timing.sealsUnder(sending.sealingKey, now);
    this.#config.metrics.sent.rotated(1);
    this.#config.outbox.event({ type: "key-rotated", direction: "sent", epoch: sending.sealingEpoch });
  }

  /** A record was forged: so many of them are a reason for fresh secrets, and for nothing else. */
  countForgery(now: Instant): void {
    this.#forgeries++;
    if (this.#forgeries < (this.#config.keyPolicy.forgeries ?? maxForgeries)) return;
    this.#forgeries = 0;
    this.exchanges.advanceGeneration(now);
  }

  /** Does what is due: erases, tells, repeats, proposes. */
  wake(now: Instant): void {
    this.#phases.expire(now);
    this.#notices.tell(this.#phases.sending.lifetime, now);
    this.exchanges.wake(now);
  }

  /** Whether a sender that can wait should: a renewal is under way, and what may be sent before it runs out. */
  get awaitsRenewal(): boolean {
    const renews = this.#config.autoRenew || this.exchanges.renewing;
    return renews && this.#phases.sending.lifetime.sendingRunsOut;
  }

  /** Whether one message of so many bytes is within what is leased, or more than the limits leave. */
  carries(bytes: number): boolean {
    return this.#leases?.carries(this.#phases.sending.lifetime, bytes) ?? true;
  }

  /** Whether something is to be done now, without waiting for a time. */
  takeAttention(): boolean {
    const justRenewed = this.#justRenewed;
    this.#justRenewed = false;
    return (
      this.#phases.sending.lifetime.takeEdge() || justRenewed || this.exchanges.due || this.#notices.idleTold
    );
  }

  /** The keys alone: for a session that only waits for its peer's last word. */
  get keys(): Pick<PhaseSet, "nextExpiry" | "expire"> {
    return this.#phases;
  }

  /** When, in milliseconds of the monotonic clock, `wake` has something to do. */
  nextWakeup(now: Instant): number | undefined {
    return earliest(
      this.#phases.nextExpiry,
      this.#phases.sending.lifetime.nextEdge(now),
      this.exchanges.nextWakeup(now),
    );
  }

  /** The limit that is nearest to its end, where one has reached its warning edge. */
  nearestLimit(now: Instant): ExpiryReason | undefined {
    const status = this.status(now);
    return "reason" in status ? status.reason : undefined;
  }

  inspect(): LineageInspection {
    return { ...this.#phases.inspect(), ...this.exchanges.inspect() };
  }

  dispose(): void {
    this.#phases.dispose();
    this.exchanges.dispose();
    this.memory.dispose();
  }

  /** Checks, and rotates where that is due: then the result is true. */
  #beforeSealing(messages: number, bytes: number, now: Instant): boolean {
    const { lifetime } = this.#phases.sending;
    const reason = lifetime.expiredBy(now);
    if (reason !== undefined) throw expired(reason);
    const exceeded = lifetime.exceededBy("sent", messages, bytes);
    if (exceeded !== undefined) throw tooMuch(exceeded, messages, bytes, lifetime.left(exceeded, now));
    this.#leases?.admit(lifetime, messages, bytes);
    const { sending } = this.#phases;
    this.#timing.sealsUnder(sending.sealingKey, now);
    const mayRotate =
      this.#config.ordering === "in-order" ? !sending.lastRotation : !this.#timing.mayOutrunPeer;
    const rotates = mayRotate && this.#timing.rotationDue(now);
    if (rotates) this.rotate(now);
    return rotates;
  }

  #afterSealing(messages: number, bytes: number, now: Instant): void {
    const { lifetime } = this.#phases.sending;
    lifetime.countSent(messages, bytes, now);
    this.#leases?.sent(lifetime);
    this.#config.metrics.sent.count(1, messages, bytes, now);
    this.#timing.sealed(bytes);
  }

  /** Tells what the last opened record has moved. */
  #follow(before: EstablishedPhase, epochBefore: number, now: Instant): void {
    const phase = this.current;
    const epoch = phase.openingEpoch;
    if (phase !== before || epoch === epochBefore) return;
    if (generationOf(epoch) !== generationOf(epochBefore)) {
      this.#timing.advanced(rotationOf(this.#phases.sending.sealingEpoch), now);
      this.#forgeries = 0;
      this.memory.follow(phase);
      this.#settle(phase);
      this.#config.metrics.generations++;
      this.#config.outbox.event({ type: "epoch-advanced", generation: generationOf(epoch) });
    } else {
      this.#config.metrics.received.rotated((epoch - epochBefore) & 0xffff);
      this.#config.outbox.event({ type: "key-rotated", direction: "received", epoch });
    }
  }

  /** The peer has the newest generation: the session is restored in no older one, also where this end has to tell it so under new keys. */
  #settle(phase: EstablishedPhase): void {
    if (phase.kept?.settle() === true) this.#config.gate?.require();
  }

  #renewed(from: EstablishedPhase, to: EstablishedPhase, now: Instant): void {
    this.exchanges.renewed();
    this.memory.follow(to);
    this.#config.gate?.require();
    this.#notices.renewed();
    this.#justRenewed = true;
    this.#timing.advanced(rotationOf(this.#phases.sending.sealingEpoch), now);
    this.#config.metrics.renewals++;
    this.#config.outbox.event({ type: "renewed", from: toHex(from.id), to: toHex(to.id) });
  }
}
