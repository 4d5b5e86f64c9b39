import { earliest, type Secret } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import type { Control, ExchangeMessage } from "./control.js";
import type { EstablishedPhase } from "./established-phase.js";
import { maxGeneration, type AgreedGeneration } from "./generation-exchange.js";
import { proposalRate, resendInterval, shortestRenewalTime } from "./key-policy.js";
import type { KeyTiming } from "./key-timing.js";
import { Lifetime } from "./lifetime.js";
import { newLease, newPhase, type LineageConfig } from "./lineage-config.js";
import type { PhaseSet } from "./phase-set.js";
import { ProposalGate } from "./proposal-gate.js";
import { RenewalExchange, type RenewedSession } from "./renewal-exchange.js";
import type { LineageInspection } from "./session-inspection.js";
import { TokenBucket } from "./token-bucket.js";

/**
 * What two ends agree on inside a session: generations and renewals. Proposes, answers, repeats what a path may have lost, and
 * remembers what was asked for in the middle of another exchange.
 *
 * @see PROTOCOL, sections 14 and 15
 */
export class LineageExchanges {
  readonly #config: LineageConfig;
  readonly #phases: PhaseSet;
  readonly #timing: KeyTiming;
  readonly #send: (control: Control, now: Instant) => void;
  /** What was asked for and has to wait for an exchange under way. */
  readonly #wanted = { renewal: false, generation: false };
  readonly #gate: ProposalGate;
  /** Of renewals that this end proposes because of counts, whose limits may be the peer's. */
  readonly #ownRenewals: TokenBucket;
  #renewal: RenewalExchange;
  /** Monotonic milliseconds at which what is unanswered is repeated. */
  #resendAt: number | undefined;

  /** `send` seals a control frame under the session under which this end seals, and puts it out. */
  constructor(
    config: LineageConfig,
    phases: PhaseSet,
    timing: KeyTiming,
    send: (control: Control, now: Instant) => void,
    now: Instant,
  ) {
    this.#config = config;
    this.#phases = phases;
    this.#timing = timing;
    this.#send = send;
    this.#renewal = this.#newRenewal();
    const rate = config.keyPolicy.proposals ?? proposalRate;
    this.#gate = new ProposalGate(rate, config.ordering);
    this.#ownRenewals = new TokenBucket(rate, now);
  }

  /** While the path takes no frames, nothing is proposed by itself, and what the peer proposes waits. */
  pathBlocked(blocked: boolean): void {
    this.#gate.blocked = blocked;
  }

  /** Whether a renewal has been proposed or is being answered. */
  get renewing(): boolean {
    return !this.#renewal.idle;
  }

  /** Whether a renewal waits for the policy. */
  get awaitsDecision(): boolean {
    return this.#renewal.awaitsDecision;
  }

  /** Whether something is to be proposed now, without waiting for a time. */
  get due(): boolean {
    const { autoRenew } = this.#config;
    const { lifetime } = this.#phases.sending;
    const runsOut = autoRenew && lifetime.sendingRunsOut;
    return (
      ((this.#timing.rotationsUsedUp || this.#rotationsEnd) && !this.#exchanging) ||
      ((this.#wanted.renewal || runsOut) && this.#canRenew) ||
      (this.#wanted.generation && this.#canAdvance)
    );
  }

  /** Proposes the next generation, now or as soon as it can be. @throws rotation-exhausted after generation 65535 */
  advanceGeneration(now: Instant): void {
    this.#wanted.generation = !this.#canAdvance;
    if (this.#wanted.generation) return;
    this.#propose({ kind: "propose-generation", body: this.#phases.current.exchange.propose() }, now);
  }

  /** Proposes a renewal, now or as soon as it can be. */
  renew(now: Instant): void {
    this.#wanted.renewal = !this.#canRenew;
    if (this.#wanted.renewal) return;
    this.#propose({ kind: "propose-renewal", body: this.#renewal.propose(this.#lineageLeft(now)) }, now);
  }

  /** The policy has accepted the peer again. */
  renewalAccepted(now: Instant): void {
    const accepted = this.#renewal.accept(this.#lineageLeft(now));
    if (accepted === undefined) return;
    const { answer, renewed } = accepted;
    // What answers it must not leave before it is kept: the peer goes on with the new session as soon as it has the answer.
    this.#phases.adopt(this.#nextPhase(renewed, now), answer === undefined);
    this.#config.gate?.require();
    if (answer === undefined) this.confirm(now);
    else this.#send({ kind: "answer-renewal", body: answer }, now);
  }

  /** The next session has become the present one. */
  renewed(): void {
    this.#renewal.dispose();
    this.#renewal = this.#newRenewal();
    this.#wanted.renewal = false;
  }

  /** Takes a message of the peer. A proposal that comes too soon waits for `answerHeld`. @throws as the exchanges; nothing has changed then */
  receive(message: ExchangeMessage, phase: EstablishedPhase, now: Instant): void {
    const awaited = this.#awaits(message.kind, phase);
    if (this.#gate.admits(message, phase, awaited, now)) this.#take(message, phase, now);
  }

  /** Whether it is an answer to what this end has proposed. */
  #awaits(kind: ExchangeMessage["kind"], phase: EstablishedPhase): boolean {
    if (kind === "answer-renewal") return this.#renewal.proposal !== undefined;
    return kind === "answer-generation" && phase.exchange.proposal !== undefined;
  }

  /** Answers proposals of the peer that have waited and are due. @throws as `receive` */
  answerHeld(now: Instant): void {
    for (let held = this.#gate.next(now); held !== undefined; held = this.#gate.next(now))
      this.#take(held.message, held.phase, now);
  }

  /** A session that is being left has nothing more to agree on. */
  #take({ kind, body }: ExchangeMessage, phase: EstablishedPhase, now: Instant): void {
    if (phase !== this.#phases.current || phase !== this.#phases.sending) return;
    switch (kind) {
      case "propose-generation": {
        const reply = phase.exchange.receiveProposal(body, phase.proven);
        if (reply === undefined) return;
        if (reply.agreed !== undefined) this.#agreed(phase, reply.agreed, false);
        return this.#send({ kind: "answer-generation", body: reply.answer }, now);
      }
      case "answer-generation": {
        const agreed = phase.exchange.receiveAnswer(body);
        if (agreed === undefined) return;
        this.#agreed(phase, agreed, true);
        return this.confirm(now);
      }
      case "propose-renewal": {
        const reply = this.#renewal.receiveProposal(body);
        if (reply.kind === "answer") this.#send({ kind: "answer-renewal", body: reply.answer }, now);
        if (reply.kind === "ask") this.#ask(phase);
        return;
      }
      case "answer-renewal":
        if (this.#renewal.receiveAnswer(body)) this.#ask(phase);
    }
  }

  /** Nothing that depends on the generation leaves before it is kept. */
  #agreed(phase: EstablishedPhase, agreed: AgreedGeneration, proposer: boolean): void {
    phase.agreed(agreed, proposer);
    this.#config.gate?.require();
  }

  /** Tells the peer that this end seals under new keys, and repeats it till a record under the peer's new ones has opened. */
  confirm(now: Instant): void {
    this.#propose({ kind: "confirm" }, now);
  }

  /** Does what is due: repeats, proposes. */
  wake(now: Instant): void {
    if (this.#resendAt !== undefined && now.monotonic >= this.#resendAt) this.#resend(now);
    const lastGeneration = this.#phases.current.exchange.generation === maxGeneration;
    const generationDue =
      this.#wanted.generation ||
      (!this.#gate.blocked && (this.#rotationsEnd || this.#timing.generationDue(now)));
    if (this.#canRenew && (this.#wanted.renewal || this.#renewsByItself(now))) this.renew(now);
    else if (this.#canAdvance && generationDue && !lastGeneration) this.advanceGeneration(now);
  }

  /** When, in milliseconds of the monotonic clock, `wake` has something to do. */
  nextWakeup(now: Instant): number | undefined {
    const isLast = this.#phases.current.exchange.generation === maxGeneration;
    const waits = this.#exchanging || isLast || this.#gate.blocked;
    const generation = waits ? undefined : this.#timing.nextGeneration(now);
    const held = this.#gate.nextWakeup(now);
    return earliest(this.#resendAt, generation, this.#nextRenewal(now), held);
  }

  inspect(): Pick<LineageInspection, "renewal" | "wanted" | "resendAt"> {
    return { renewal: this.#renewal.inspect(), wanted: { ...this.#wanted }, resendAt: this.#resendAt };
  }

  dispose(): void {
    this.#renewal.dispose();
  }

  /** Whether this end wants a renewal by itself, if it can have one; takes a token where it is because of counts. */
  #renewsByItself(now: Instant): boolean {
    if (!this.#config.autoRenew || this.#gate.blocked) return false;
    const { lifetime, exchange } = this.#phases.current;
    if (exchange.generation === maxGeneration || this.#isOld(now)) return true;
    return lifetime.countsAreNear && this.#ownRenewals.take(now);
  }

  /** Whether the session's age asks for a renewal. Never at once, whatever age the peer has asked for: that would renew without end. */
  #isOld(now: Instant): boolean {
    const { lifetime } = this.#phases.current;
    return lifetime.isNear("age", now) && lifetime.ageAt(now) >= this.#leastAge;
  }

  get #leastAge(): number {
    return Math.min(shortestRenewalTime, this.#config.limits.age.max / 4);
  }

  /** When a renewal that is due has waited long enough after those before it, or a session that warns from its beginning is old enough. */
  #nextRenewal(now: Instant): number | undefined {
    if (!this.#canRenew || !this.#config.autoRenew || this.#gate.blocked) return undefined;
    const { lifetime } = this.#phases.current;
    const left = this.#leastAge - lifetime.ageAt(now);
    const ofAge = lifetime.isNear("age", now) && left > 0 ? now.monotonic + left : undefined;
    return earliest(ofAge, lifetime.countsAreNear ? this.#ownRenewals.nextAt(now) : undefined);
  }

  get #canRenew(): boolean {
    return this.#renewal.idle && !this.#phases.renewing && this.#phases.current.opened;
  }

  /** Whether this end can't rotate any more in this generation. */
  get #rotationsEnd(): boolean {
    const outruns = this.#config.ordering === "out-of-order" && this.#timing.mayOutrunPeer;
    return outruns || this.#phases.sending.lastRotation;
  }

  get #canAdvance(): boolean {
    return this.#phases.current === this.#phases.sending && !this.#exchanging;
  }

  get #exchanging(): boolean {
    const { current, renewing } = this.#phases;
    return current.exchange.proposal !== undefined || !current.proven || renewing;
  }

  #ask({ peer }: EstablishedPhase): void {
    this.#config.outbox.put({ kind: "authorize", peer });
  }

  #propose(control: Control, now: Instant): void {
    this.#send(control, now);
    this.#resendAt = this.#config.ordering === "in-order" ? undefined : now.monotonic + resendInterval;
  }

  /** Repeats what the peer has not answered: the path may have lost it. */
  #resend(now: Instant): void {
    this.#resendAt = undefined;
    const { sending, current } = this.#phases;
    if (!sending.proven) this.confirm(now);
    if (sending !== current) return;
    const generation = current.exchange.proposal;
    const renewal = this.#renewal.proposal;
    if (generation !== undefined) this.#propose({ kind: "propose-generation", body: generation }, now);
    if (renewal !== undefined) this.#propose({ kind: "propose-renewal", body: renewal }, now);
  }

  #nextPhase({ role, result, limits, lineageLeft }: RenewedSession, now: Instant): EstablishedPhase {
    const { current } = this.#phases;
    // The age goes on from the lineage's own beginning, so that a clock that is wrong for a while ages it for no longer; the peer's view adds to it.
    const { at, age } = current.lifetime.lineage;
    const ownLeft = limits.lineageAge.max - (current.lifetime.limits.lineageAge.max - this.#lineageLeft(now));
    const lineage = { at, age: age + Math.max(ownLeft - lineageLeft, 0) };
    const lifetime = new Lifetime(
      limits,
      now,
      lineage,
      current.lifetime.lastActivity,
      newLease(this.#config),
    );
    return newPhase(this.#config, result, role, current.renewals + 1, lifetime);
  }

  #newRenewal(): RenewalExchange {
    const { provider, random, identity, role: lineageRole, limits } = this.#config;
    const phase = this.#phases.current;
    const { peer, suite, id: sessionId } = phase;
    const preSharedKey = (): Secret => phase.exportRenewalKey();
    return new RenewalExchange({
      provider,
      random,
      identity,
      peer,
      suite,
      sessionId,
      lineageRole,
      limits,
      preSharedKey,
    });
  }

  #lineageLeft(now: Instant): number {
    return this.#phases.current.lifetime.lineageLeft(now);
  }
}
