import { toHex, type RandomSource, type Secret } from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import {
  decodeBatch,
  generationOf,
  sealedFrameType,
  type OpenedFrame,
  type Ordering,
  type SealedFrameType,
} from "../record/index.js";
import { encodeControl, type Control, type ExchangeKind } from "./control.js";
import { EstablishedPhase } from "./established-phase.js";
import type { HandshakeResult } from "./handshake.js";
import { maxGeneration } from "./generation-exchange.js";
import { resendInterval, type KeyPolicy } from "./key-policy.js";
import { KeyTiming } from "./key-timing.js";
import type { Role } from "./key-schedule.js";
import { Lifetime, type ExpiryReason, type SessionStatus } from "./lifetime.js";
import { stricterLimits, type LimitName, type SessionLimits } from "./limits.js";
import { PhaseSet } from "./phase-set.js";
import { RenewalExchange, type RenewedSession } from "./renewal-exchange.js";
import type { LineageInspection } from "./session-inspection.js";
import type { MetricsRecorder } from "./session-metrics.js";
import type { Outbox } from "./session-output.js";

/** What a lineage is made with. */
export interface LineageConfig {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: DhKeyPair;
  /** This end's role in the full handshake. */
  readonly role: Role;
  readonly ordering: Ordering;
  /** Milliseconds. */
  readonly grace: number;
  /** What this end asks for. */
  readonly limits: SessionLimits;
  readonly keyPolicy: KeyPolicy;
  /** Whether this end proposes a renewal at a warning edge. It accepts one in any case. */
  readonly autoRenew: boolean;
  readonly metrics: MetricsRecorder;
  readonly outbox: Outbox;
}

/** The limits whose warning a renewal answers. Idleness is no reason to go on, and the lineage's age survives renewal. */
const renewable: readonly LimitName[] = [
  "age",
  "sentMessages",
  "receivedMessages",
  "sentBytes",
  "receivedBytes",
];

/**
 * One session through its renewals: what is under which keys, when keys move on, how long it may go on. It sees only frames of
 * established sessions; states and paths are the machine's.
 *
 * @see docs/LIFECYCLE.md
 */
export class Lineage {
  readonly #config: LineageConfig;
  readonly #phases: PhaseSet;
  readonly #timing: KeyTiming;
  readonly #told = new Set<LimitName>();
  /** What was asked for and has to wait for an exchange under way. */
  readonly #wanted = { renewal: false, generation: false };
  #renewal: RenewalExchange;
  /** The limits begin again, and the state does not show it yet. */
  #justRenewed = false;
  /** Monotonic milliseconds at which what is unanswered is repeated. */
  #resendAt: number | undefined;

  /** Takes over the result's chaining key. */
  constructor(config: LineageConfig, result: HandshakeResult, now: Instant) {
    this.#config = config;
    const limits = stricterLimits(config.limits, result.peerLimits);
    const lifetime = new Lifetime(limits, now, { at: now, age: 0 });
    const first = this.#phase(result, config.role, 0, lifetime);
    this.#phases = new PhaseSet(first, config.ordering, config.grace, (from, to, at) =>
      this.#renewed(from, to, at),
    );
    this.#timing = new KeyTiming(config.keyPolicy, config.role, now);
    this.#renewal = this.#newRenewal(first);
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

  /** A frame of `messages` application messages, `bytes` in all. @throws session-expired; nothing has changed then */
  sealFrame(
    type: SealedFrameType,
    plaintext: Uint8Array,
    messages: number,
    bytes: number,
    now: Instant,
  ): Uint8Array {
    this.#beforeSealing(messages, bytes, now);
    const frame = this.#phases.sending.sealFrame(type, plaintext);
    this.#afterSealing(messages, bytes, now);
    return frame;
  }

  /** A bare record. @throws session-expired; nothing has changed then */
  sealRecord(plaintext: Uint8Array, now: Instant): Uint8Array {
    this.#beforeSealing(1, plaintext.length, now);
    const record = this.#phases.sending.sealRecord(plaintext);
    this.#afterSealing(1, plaintext.length, now);
    return record;
  }

  sendControl(control: Control, now: Instant, phase = this.#phases.sending): void {
    const frame = phase.sealFrame(sealedFrameType.control, encodeControl(control));
    this.#config.metrics.sent.count(1, 0, 0, now);
    this.#config.outbox.put({ kind: "frame", frame });
  }

  /** Opens a frame; the phase says which session of the lineage it was under. @throws as `FrameOpener.open` */
  openFrame(
    frame: Uint8Array,
    now: Instant,
  ): { readonly opened: OpenedFrame; readonly phase: EstablishedPhase } {
    const before = this.current;
    const epochBefore = before.openingEpoch;
    const { content, phase } = this.#phases.openFrame(frame, now);
    this.#config.metrics.received.count(1, 0, 0, now);
    this.#follow(before, epochBefore, now);
    return { opened: content, phase };
  }

  /** Opens a bare record and counts it. @throws as `RecordOpener.open` */
  openRecord(record: Uint8Array, now: Instant): Uint8Array {
    const before = this.current;
    const epochBefore = before.openingEpoch;
    const { content, phase } = this.#phases.openRecord(record, now);
    this.#config.metrics.received.count(1, 0, 0, now);
    this.#follow(before, epochBefore, now);
    this.countReceived(phase, [content], now);
    return content;
  }

  /** Counts application messages that were opened under `phase`. @throws session-expired where the peer has sent more than was agreed */
  countReceived(phase: EstablishedPhase, messages: readonly Uint8Array[], now: Instant): void {
    let bytes = 0;
    for (const message of messages) bytes += message.length;
    const exceeded = phase.lifetime.exceededBy("received", messages.length, bytes);
    if (exceeded !== undefined) throw expired(exceeded);
    phase.lifetime.countReceived(messages.length, bytes, now);
    this.#config.metrics.received.count(0, messages.length, bytes, now);
    this.#timing.opened();
  }

  /** The application messages of an opened message or batch frame, counted. @throws batch-malformed, session-expired */
  readMessages({ type, plaintext }: OpenedFrame, phase: EstablishedPhase, now: Instant): Uint8Array[] {
    const messages = type === sealedFrameType.batch ? decodeBatch(plaintext) : [plaintext];
    this.countReceived(phase, messages, now);
    return messages;
  }

  /** Goes on with what a control frame says, but for `close`, which is the machine's. */
  control(control: Exclude<Control, { kind: "close" }>, phase: EstablishedPhase, now: Instant): void {
    switch (control.kind) {
      case "confirm":
        return this.sendControl({ kind: "epoch" }, now);
      case "epoch":
        return;
      case "propose-generation":
      case "answer-generation":
      case "propose-renewal":
      case "answer-renewal":
        // A session that is being left has nothing more to agree on.
        if (phase === this.current && phase === this.#phases.sending) this.#exchange(control, phase, now);
    }
  }

  /** Moves this direction to its next rotation. @throws rotation-exhausted; nothing has changed then */
  rotate(now: Instant): void {
    const { sending } = this.#phases;
    sending.rotate();
    this.#timing.rotated(now);
    this.#timing.sealsUnder(sealingKey(sending), now);
    this.#config.metrics.sent.rotated(1);
    this.#config.outbox.event({ type: "key-rotated", direction: "sent", epoch: sending.sealingEpoch });
  }

  /** Proposes the next generation, now or as soon as it can be. @throws rotation-exhausted after generation 65535 */
  advanceGeneration(now: Instant): void {
    this.#wanted.generation = !this.#canAdvance;
    if (this.#wanted.generation) return;
    this.#propose({ kind: "propose-generation", body: this.current.exchange.propose() }, now);
  }

  /** Proposes a renewal, now or as soon as it can be. */
  renew(now: Instant): void {
    this.#wanted.renewal = !this.#canRenew;
    if (this.#wanted.renewal) return;
    this.#propose({ kind: "propose-renewal", body: this.#renewal.propose(this.#lineageLeft(now)) }, now);
  }

  /** Whether a renewal waits for the policy. */
  get awaitsDecision(): boolean {
    return this.#renewal.awaitsDecision;
  }

  /** The policy has accepted the peer again. */
  renewalAccepted(now: Instant): void {
    const accepted = this.#renewal.accept(this.#lineageLeft(now));
    if (accepted === undefined) return;
    const { answer, renewed } = accepted;
    if (answer !== undefined) this.sendControl({ kind: "answer-renewal", body: answer }, now);
    this.#phases.adopt(this.#nextPhase(renewed, now), answer === undefined);
    if (answer === undefined) this.#confirm(now);
  }

  /** A key for the application's own use, bound to the present session. @throws invalid-argument */
  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return this.current.exportKey(label, context, length);
  }

  /** Does what is due: erases, tells, repeats, proposes. */
  wake(now: Instant): void {
    this.#phases.expire(now);
    const status = this.status(now);
    if (status.status === "near-expiry" && !this.#told.has(status.reason)) {
      this.#told.add(status.reason);
      this.#config.outbox.event({ type: "near-expiry", reason: status.reason, left: status.left });
    }
    if (this.#resendAt !== undefined && now.monotonic >= this.#resendAt) this.#resend(now);
    const { lifetime } = this.current;
    const lastGeneration = this.current.exchange.generation === maxGeneration;
    const near = lastGeneration || renewable.some(name => lifetime.isNear(name, now));
    const { lastRotation } = this.#phases.sending;
    const generationDue = this.#wanted.generation || lastRotation || this.#timing.generationDue(now);
    if (this.#canRenew && (this.#wanted.renewal || (this.#config.autoRenew && near))) this.renew(now);
    else if (this.#canAdvance && generationDue && !lastGeneration) this.advanceGeneration(now);
  }

  /** Whether a sender that can wait should: a renewal is under way, and what may be sent before it runs out. */
  get awaitsRenewal(): boolean {
    const { sending } = this.#phases;
    const expected = this.#config.autoRenew || !this.#renewal.idle;
    return expected && sending === this.current && sending.lifetime.sendingRunsOut;
  }

  /** Whether something is to be done now, without waiting for a time. */
  takeAttention(): boolean {
    const { lifetime, lastRotation } = this.#phases.sending;
    const justRenewed = this.#justRenewed;
    this.#justRenewed = false;
    return (
      lifetime.takeEdge() ||
      justRenewed ||
      ((this.#timing.rotationsUsedUp || lastRotation) && !this.#exchanging) ||
      ((this.#wanted.renewal || (this.#config.autoRenew && lifetime.sendingRunsOut)) && this.#canRenew) ||
      (this.#wanted.generation && this.#canAdvance)
    );
  }

  /** When, in milliseconds of the monotonic clock, `wake` has something to do. */
  nextWakeup(now: Instant): number | undefined {
    const times = [
      this.#phases.nextExpiry,
      this.#phases.sending.lifetime.nextEdge(now),
      this.#resendAt,
      this.#exchanging ? undefined : this.#timing.nextGeneration(now),
    ].filter(at => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The limit that is nearest to its end, where one has reached its warning edge. */
  nearestLimit(now: Instant): ExpiryReason | undefined {
    const status = this.status(now);
    return "reason" in status ? status.reason : undefined;
  }

  /** The first confirmation, after the handshake. */
  confirm(now: Instant): void {
    this.#confirm(now);
  }

  inspect(): LineageInspection {
    return {
      ...this.#phases.inspect(),
      renewal: this.#renewal.inspect(),
      wanted: { ...this.#wanted },
      resendAt: this.#resendAt,
    };
  }

  dispose(): void {
    this.#phases.dispose();
    this.#renewal.dispose();
  }

  get #canRenew(): boolean {
    return this.#renewal.idle && !this.#phases.renewing && this.current.opened;
  }

  get #canAdvance(): boolean {
    return this.current === this.#phases.sending && !this.#exchanging;
  }

  get #exchanging(): boolean {
    return this.current.exchange.proposal !== undefined || !this.current.proven || this.#phases.renewing;
  }

  #beforeSealing(messages: number, bytes: number, now: Instant): void {
    const { lifetime } = this.#phases.sending;
    const reason = lifetime.expiredBy(now) ?? lifetime.exceededBy("sent", messages, bytes);
    if (reason !== undefined) throw expired(reason);
    const { sending } = this.#phases;
    this.#timing.sealsUnder(sealingKey(sending), now);
    const mayRotate =
      this.#config.ordering === "in-order" ? !sending.lastRotation : !this.#timing.mayOutrunPeer;
    if (mayRotate && this.#timing.rotationDue(now)) this.rotate(now);
  }

  #afterSealing(messages: number, bytes: number, now: Instant): void {
    this.#phases.sending.lifetime.countSent(messages, bytes, now);
    this.#config.metrics.sent.count(1, messages, bytes, now);
    this.#timing.sealed(bytes);
  }

  #exchange(
    control: { readonly kind: ExchangeKind; readonly body: Uint8Array },
    phase: EstablishedPhase,
    now: Instant,
  ): void {
    const { kind, body } = control;
    if (kind === "propose-generation") {
      const reply = phase.exchange.receiveProposal(body);
      if (reply === undefined) return;
      if (reply.agreed !== undefined) phase.agreed(reply.agreed, false);
      this.sendControl({ kind: "answer-generation", body: reply.answer }, now);
    } else if (kind === "answer-generation") {
      const agreed = phase.exchange.receiveAnswer(body);
      if (agreed === undefined) return;
      phase.agreed(agreed, true);
      this.#confirm(now);
    } else if (kind === "propose-renewal") {
      const reply = this.#renewal.receiveProposal(body);
      if (reply.kind === "answer") this.sendControl({ kind: "answer-renewal", body: reply.answer }, now);
      if (reply.kind === "ask") this.#config.outbox.put({ kind: "authorize", peer: phase.peer });
    } else if (this.#renewal.receiveAnswer(body)) {
      this.#config.outbox.put({ kind: "authorize", peer: phase.peer });
    }
  }

  #propose(control: Control, now: Instant): void {
    this.sendControl(control, now);
    this.#scheduleResend(now);
  }

  #confirm(now: Instant): void {
    this.sendControl({ kind: "confirm" }, now);
    this.#scheduleResend(now);
  }

  #scheduleResend(now: Instant): void {
    this.#resendAt = this.#config.ordering === "in-order" ? undefined : now.monotonic + resendInterval;
  }

  /** Repeats what the peer has not answered: the path may have lost it. */
  #resend(now: Instant): void {
    this.#resendAt = undefined;
    const { sending } = this.#phases;
    const { proposal } = this.current.exchange;
    if (!sending.proven) this.#confirm(now);
    if (sending !== this.current) return;
    if (proposal !== undefined) this.#propose({ kind: "propose-generation", body: proposal }, now);
    if (this.#renewal.proposal !== undefined)
      this.#propose({ kind: "propose-renewal", body: this.#renewal.proposal }, now);
  }

  /** Tells what the last opened record has moved. */
  #follow(before: EstablishedPhase, epochBefore: number, now: Instant): void {
    const phase = this.current;
    const epoch = phase.openingEpoch;
    if (phase !== before || epoch === epochBefore) return;
    if (generationOf(epoch) !== generationOf(epochBefore)) {
      this.#timing.advanced(now);
      this.#config.outbox.event({ type: "epoch-advanced", generation: generationOf(epoch) });
    } else {
      this.#config.metrics.received.rotated((epoch - epochBefore) & 0xffff);
      this.#config.outbox.event({ type: "key-rotated", direction: "received", epoch });
    }
  }

  #renewed(from: EstablishedPhase, to: EstablishedPhase, now: Instant): void {
    this.#renewal.dispose();
    this.#renewal = this.#newRenewal(to);
    this.#told.clear();
    this.#justRenewed = true;
    this.#wanted.renewal = false;
    this.#timing.advanced(now);
    this.#config.outbox.event({ type: "renewed", from: toHex(from.id), to: toHex(to.id) });
  }

  #nextPhase({ role, result, limits, lineageLeft }: RenewedSession, now: Instant): EstablishedPhase {
    const left = Math.min(this.#lineageLeft(now), lineageLeft, limits.lineageAge.max);
    const { lastActivity } = this.current.lifetime;
    const lifetime = new Lifetime(limits, now, { at: now, age: limits.lineageAge.max - left }, lastActivity);
    return this.#phase(result, role, this.current.renewals + 1, lifetime);
  }

  #phase(result: HandshakeResult, role: Role, renewals: number, lifetime: Lifetime): EstablishedPhase {
    const { provider, random, ordering, grace, role: lineageRole } = this.#config;
    return new EstablishedPhase(
      { provider, random, role, lineageRole, ordering, grace, renewals, lifetime },
      result,
    );
  }

  #newRenewal(phase: EstablishedPhase): RenewalExchange {
    const { provider, random, identity, role: lineageRole, limits } = this.#config;
    return new RenewalExchange({
      provider,
      random,
      identity,
      peer: phase.peer,
      suite: phase.suite,
      sessionId: phase.id,
      lineageRole,
      limits,
      preSharedKey: () => phase.exportRenewalKey(),
    });
  }

  #lineageLeft(now: Instant): number {
    return this.current.lifetime.lineageLeft(now);
  }
}

/** A number that tells the keys apart under which a lineage seals. */
function sealingKey(phase: EstablishedPhase): number {
  return phase.renewals * 0x1_0000_0000 + phase.sealingEpoch;
}

/** The error of everything that a limit forbids. */
export function expired(reason: ExpiryReason): SessionError<"session-expired"> {
  return new SessionError(
    "session-expired",
    `The session has reached its limit of ${reason} and was not renewed in time: connect again.`,
  );
}
