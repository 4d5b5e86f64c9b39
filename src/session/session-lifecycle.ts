import { toHex } from "../bytes/index.js";
import { SessionError, type ErrorCode } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { sealedFrameType } from "../record/index.js";
import { decodeControl, type CloseReason } from "./control.js";
import { HandshakePhase } from "./handshake-phase.js";
import type { HandshakeResult } from "./handshake.js";
import type { Role } from "./key-schedule.js";
import type { ExpiryReason, SessionStatus } from "./lifetime.js";
import { expired, Lineage } from "./lineage.js";
import { isTold } from "./session-event.js";
import type { SessionInspection } from "./session-inspection.js";
import { MetricsRecorder, type SessionMetrics } from "./session-metrics.js";
import type { SessionMachineOptions } from "./session-options.js";
import { Outbox, type SessionOutput } from "./session-output.js";
import { transition, type SessionEnd, type SessionState } from "./session-state.js";
import type { SuiteName } from "./suites.js";

/** Codes for which a handshake fails even where anybody can inject datagrams: the peer itself has proven them. */
const provenFailures: ReadonlySet<ErrorCode> = new Set(["peer-mismatch", "peer-refused"]);

/** The course of one session: handshake, states, path, time and end. What an application does with it is `SessionMachine`'s. */
export abstract class SessionLifecycle {
  readonly role: Role;
  readonly #options: SessionMachineOptions;
  readonly #metrics: MetricsRecorder;
  readonly #outbox = new Outbox();
  readonly #deadline: number;
  #state: SessionState = { name: "handshaking" };
  #handshake: HandshakePhase | undefined;
  #lineage: Lineage | undefined;
  /** A fresh record has opened: the path belongs to the session. */
  #pathProven = false;
  /** This end has closed, and the peer has not answered yet. */
  #awaitingClose = false;
  /** The owner has been told to end the path: what still comes on it is nobody's. */
  #disconnected = false;

  constructor(options: SessionMachineOptions, now: Instant) {
    this.role = options.role;
    this.#options = options;
    this.#metrics = new MetricsRecorder(now);
    this.#deadline = now.monotonic + options.handshakeTimeout;
    this.#handshake = new HandshakePhase(options, this.#outbox);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** 32 bytes, the same at both ends; undefined until the handshake is over. A renewal changes it. */
  get id(): Uint8Array | undefined {
    return this.#lineage?.current.id;
  }

  /** The peer's static public key, 32 bytes, proven; undefined until the handshake is over. */
  get peer(): Uint8Array | undefined {
    return this.#lineage?.current.peer;
  }

  get suite(): SuiteName | undefined {
    return this.#lineage?.current.suite.name;
  }

  metrics(): SessionMetrics {
    return this.#metrics.snapshot();
  }

  /** Whether the next send will succeed, and until when or for how many more: exact for the limits at the time `now`. */
  checkHealth(now: Instant): SessionStatus {
    if (this.#state.name === "handshaking") return { status: "handshaking" };
    if (this.#state.name !== "ended" && this.#lineage !== undefined) return this.#lineage.status(now);
    const { end } = this.#state as SessionState & { name: "ended" };
    return end.kind === "expired" ? { status: "expired", reason: end.reason } : { status: "ended" };
  }

  /** What the session is about at present, without any secret: for people and for tests. */
  inspect(): SessionInspection {
    const lineage = this.#live() ? this.#lineage : undefined;
    return { state: this.#state.name, ...(lineage !== undefined && { lineage: lineage.inspect() }) };
  }

  /** Whether a sender that can wait should: a renewal is under way, and what may be sent before it runs out. `renewed` ends that. */
  get awaitsRenewal(): boolean {
    return this.#live() && this.#lineage?.awaitsRenewal === true;
  }

  /** What has come of the calls since the last time. */
  takeOutputs(): SessionOutput[] {
    return this.#outbox.take();
  }

  /** Takes one frame from the path. Never throws for what the peer sent: that shows in the outputs and the metrics. */
  receive(frame: Uint8Array, now: Instant): void {
    if (this.#disconnected) return;
    this.#guarded(now, () => {
      if (this.#lineage !== undefined) return this.#openFrame(this.#lineage, frame, now);
      const result = this.#handshake?.read(frame);
      if (result !== undefined) this.#establish(result, now);
    });
  }

  /** Answers an `authorize` output, of a handshake or of a renewal. A refused peer learns nothing but that the path has ended. */
  authorize(allowed: boolean, now: Instant): void {
    const handshake = this.#handshake;
    const lineage = this.#live() ? this.#lineage : undefined;
    if (handshake?.awaitsDecision !== true && lineage?.exchanges.awaitsDecision !== true) return;
    if (lineage !== undefined && this.#expireIfDue(lineage, now)) return;
    this.#guarded(now, () => {
      if (!allowed)
        throw new SessionError("peer-refused", "The policy of this end does not accept the peer's key.");
      const result = handshake?.authorized();
      if (result !== undefined) this.#establish(result, now);
      else lineage?.exchanges.renewalAccepted(now);
    });
  }

  /** The path has ended, in good order or not. */
  connectionEnded(now: Instant, cause?: SessionError): void {
    this.#disconnected = true;
    if (this.#state.name === "ended") return this.dispose();
    const options = cause === undefined ? undefined : { cause };
    if (this.#state.name === "handshaking") {
      const message =
        "The peer ended the connection during the handshake: it may not accept this end's key (give the peer this end's id), suite or version.";
      this.#end({ kind: "failed", error: new SessionError("handshake-failed", message, options) }, now);
    } else {
      const message =
        "The connection ended before the peer closed the session: its last messages may be missing.";
      this.#end({ kind: "truncated", error: new SessionError("session-truncated", message, options) }, now);
    }
  }

  /** When `wake` wants to be called, in milliseconds of the monotonic clock. */
  nextWakeup(now: Instant): number | undefined {
    if (this.#state.name === "handshaking") return this.#deadline;
    return this.#live() ? this.#lineage?.nextWakeup(now) : undefined;
  }

  /** Does what is due. Early, late and repeated calls do no harm. */
  wake(now: Instant): void {
    if (this.#state.name === "handshaking") {
      if (now.monotonic < this.#deadline) return;
      const message = `The handshake has taken longer than ${this.#options.handshakeTimeout} ms.`;
      this.#end({ kind: "failed", error: new SessionError("handshake-timeout", message) }, now);
    } else if (this.#live() && this.#lineage !== undefined) {
      this.#attend(this.#lineage, now);
    }
  }

  /** Announces the end and ends: nothing is sent or delivered afterwards. The keys are erased when the peer has answered. */
  close(reason: CloseReason, now: Instant): void {
    if (this.#state.name === "ended") return;
    if (this.#live()) {
      this.#lineage?.sendControl({ kind: "close", reason }, now);
      this.#awaitingClose = true;
    }
    this.#end({ kind: "closed", by: "local", reason }, now);
  }

  /** Erases every key. A session that has not ended ends now, and the peer is not told. */
  dispose(): void {
    if (this.#state.name !== "ended") {
      const end = { kind: "closed", by: "local", reason: "going-away" } as const;
      this.#state = transition(this.#state, { name: "ended", end });
      this.#outbox.event({ type: "ended", end });
    }
    this.#disconnect();
    this.#handshake?.dispose();
    this.#handshake = undefined;
    this.#lineage?.dispose();
    this.#awaitingClose = false;
  }

  /** The handshake is over: the session has keys. Whoever read the last message is sure of the peer, and says so. */
  #establish(result: HandshakeResult, now: Instant): void {
    const ordering = this.#options.delivery === "ordered" ? "in-order" : "out-of-order";
    const shared = { role: this.role, ordering, metrics: this.#metrics, outbox: this.#outbox } as const;
    this.#lineage = new Lineage({ ...this.#options, ...shared }, result, now);
    this.#handshake = undefined;
    if (result.wroteLast) return;
    this.#activate(this.#lineage, now);
    this.#lineage.exchanges.confirm(now);
  }

  #activate(lineage: Lineage, now: Instant): void {
    this.#state = transition(this.#state, { name: "active" });
    this.#metrics.established(now);
    const { suite, peer } = lineage.current;
    this.#outbox.event({ type: "established", suite: suite.name, peer: toHex(peer) });
  }

  #openFrame(lineage: Lineage, frame: Uint8Array, now: Instant): void {
    if (this.#live()) this.#expireIfDue(lineage, now);
    if (this.#state.name === "ended" && !this.#awaitingClose) return;
    const { opened, phase } = lineage.openFrame(frame, now);
    this.#pathProven = true;
    if (this.#state.name === "handshaking") this.#activate(lineage, now);
    if (opened.type === sealedFrameType.control) {
      const control = decodeControl(opened.plaintext);
      if (control.kind === "close") this.#closedByPeer(lineage, control.reason, now);
      else if (this.#live()) lineage.control(control, phase, now);
    } else if (this.#live()) {
      for (const plaintext of lineage.readMessages(opened, phase, now)) {
        this.#outbox.put({ kind: "message", plaintext });
        this.#outbox.event({ type: "message-received", bytes: plaintext.length });
      }
    }
    if (this.#live() && lineage.takeAttention()) this.#attend(lineage, now);
  }

  #closedByPeer(lineage: Lineage, reason: CloseReason, now: Instant): void {
    if (!this.#live()) return this.dispose();
    lineage.sendControl({ kind: "close", reason }, now);
    const limit = reason === "expired" ? lineage.nearestLimit(now) : undefined;
    if (limit === undefined) return this.#end({ kind: "closed", by: "peer", reason }, now);
    this.#outbox.event({ type: "expired", reason: limit });
    this.#end({ kind: "expired", reason: limit, error: expired(limit) }, now);
  }

  /** Does what is due, and ends the session where a limit says so. */
  #attend(lineage: Lineage, now: Instant): void {
    if (this.#expireIfDue(lineage, now)) return;
    lineage.wake(now);
    const status = lineage.status(now);
    const near = this.#state.name === "near-expiry" ? this.#state.reason : undefined;
    if (status.status === "near-expiry" && near !== status.reason) {
      this.#state = transition(this.#state, { name: "near-expiry", reason: status.reason });
    } else if (status.status === "healthy" && near !== undefined) {
      this.#state = transition(this.#state, { name: "active" });
    }
  }

  /** Ends the session where a limit has reached its hard edge, whoever notices it first. */
  #expireIfDue(lineage: Lineage, now: Instant): boolean {
    const reason = lineage.expiredBy(now);
    if (reason !== undefined) this.#expire(lineage, reason, now);
    return reason !== undefined;
  }

  /** The hard edge of a limit: the peer is told, and nothing goes on. */
  #expire(lineage: Lineage, reason: ExpiryReason, now: Instant): void {
    lineage.sendControl({ kind: "close", reason: "expired" }, now);
    this.#awaitingClose = true;
    this.#outbox.event({ type: "expired", reason });
    this.#end({ kind: "expired", reason, error: expired(reason) }, now);
  }

  /** Runs what the peer's frame leads to; a refusal has the consequences that PROTOCOL, section 9, names. */
  #guarded(now: Instant, step: () => void): void {
    try {
      step();
    } catch (thrown) {
      const error = asSessionError(thrown);
      this.#countRefusal(error.code);
      this.#refused(error, now);
    }
  }

  #refused(error: SessionError, now: Instant): void {
    const forged = error.code === "record-forged" && this.#options.delivery === "datagram";
    if (forged && this.#live()) this.#lineage?.countForgery(now);
    if (this.#options.delivery === "datagram" && isForgeable(error)) return;
    if (this.#state.name === "ended") {
      this.dispose();
    } else if (this.#state.name === "handshaking" || this.#pathProven) {
      this.#end({ kind: "failed", error }, now);
    } else {
      // It may be the path that is wrong, not the peer: the path ends, and with it a session that has no other.
      this.#disconnect();
      this.connectionEnded(now, error);
    }
  }

  #unexpired(now: Instant): Lineage {
    this.#expireIfDue(this.active(), now);
    return this.active();
  }

  /** Runs what seals something, in a session that may; ends it where that was the last that a limit allows. */
  protected sealing<Result>(now: Instant, seal: (lineage: Lineage) => Result): Result {
    const lineage = this.#unexpired(now);
    const result = seal(lineage);
    if (lineage.takeAttention()) this.#attend(lineage, now);
    return result;
  }

  /** Runs what opens something that the application carried, and counts a refusal. */
  protected opening<Result>(now: Instant, open: (lineage: Lineage) => Result): Result {
    const lineage = this.#unexpired(now);
    try {
      const result = open(lineage);
      if (lineage.takeAttention()) this.#attend(lineage, now);
      return result;
    } catch (thrown) {
      const error = asSessionError(thrown);
      this.#countRefusal(error.code);
      // The peer has sent more than was agreed, or a provider has failed half-way: there is nothing to go on with.
      if (error.category === "limit" || error.category === "internal")
        this.#end({ kind: "failed", error }, now);
      throw error;
    }
  }

  #countRefusal(cause: ErrorCode): void {
    const count = this.#metrics.refuse(cause);
    if (isTold(count)) this.#outbox.event({ type: "rejected", cause, count });
  }

  #end(end: SessionEnd, now: Instant): void {
    this.#state = transition(this.#state, { name: "ended", end });
    this.#metrics.active(now);
    this.#outbox.event({ type: "ended", end });
    if (!this.#awaitingClose) this.dispose();
  }

  #disconnect(): void {
    if (!this.#disconnected) this.#outbox.put({ kind: "disconnect" });
    this.#disconnected = true;
  }

  /** Whether the session is established and has not ended. */
  #live(): boolean {
    return this.#state.name === "active" || this.#state.name === "near-expiry";
  }

  protected active(): Lineage {
    if (this.#live() && this.#lineage !== undefined) return this.#lineage;
    if (this.#state.name === "handshaking") {
      throw new SessionError(
        "session-not-active",
        "The handshake is not over yet: wait until the session is established.",
      );
    }
    if (this.#state.name === "ended" && this.#state.end.kind === "expired")
      throw expired(this.#state.end.reason);
    throw new SessionError("session-closed", "This session has ended: open a new one to the same peer.");
  }

  protected putFrame(frame: Uint8Array): void {
    this.#outbox.put({ kind: "frame", frame });
  }
}

/** Whether anybody who can inject datagrams could have caused it: then it must cost the session nothing. */
function isForgeable(error: SessionError): boolean {
  return error.category === "peer-misbehaved" && !provenFailures.has(error.code);
}

function asSessionError(error: unknown): SessionError {
  if (SessionError.is(error)) return error;
  return new SessionError("internal", "Something that should not fail has failed: please report it.", {
    cause: error,
  });
}
