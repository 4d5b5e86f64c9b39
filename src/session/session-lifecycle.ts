import { earliest } from "../bytes/index.js";
import { asSessionError, SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { sealedFrameType, type OpenedFrame } from "../record/index.js";
import { decodeControl, type CloseReason } from "./control.js";
import type { EstablishedPhase } from "./established-phase.js";
import type { HandshakeResult } from "./handshake.js";
import type { Role } from "./key-schedule.js";
import type { ExpiryReason } from "./session-status.js";
import { expired } from "./limit-errors.js";
import { lineageConfig } from "./lineage-config.js";
import type { Lineage } from "./lineage.js";
import { newLineage } from "./new-lineage.js";
import type { ResumptionState } from "./resumption-state.js";
import { quarantined, type Regression } from "./quarantine.js";
import type { RestorationHold } from "./restoration-responder.js";
import type { RestorationState } from "./restoration-state.js";
import type { SessionMachineOptions } from "./session-options.js";
import type { SessionOutput } from "./session-output.js";
import { isForgeable, SessionStanding } from "./session-standing.js";
import { SessionStart, type Started } from "./session-start.js";
import type { SessionEnd, SessionState } from "./session-state.js";

/** The course of one session: handshake, states, path, time and end. What an application does with it is `SessionUse`'s and `SessionMachine`'s. */
export abstract class SessionLifecycle {
  readonly #options: SessionMachineOptions;
  readonly #standing: SessionStanding;
  readonly #deadline: number;
  #start: SessionStart | undefined;
  #lineage: Lineage | undefined;
  /** A fresh record has opened: the path belongs to the session. */
  #pathProven = false;
  #pathBlocked = false;
  /** This end has closed, and the peer has not answered yet. */
  #awaitingClose = false;

  constructor(options: SessionMachineOptions, now: Instant) {
    this.#options = options;
    this.#standing = new SessionStanding(options.persist === true, now);
    this.#deadline = now.monotonic + options.handshakeTimeout;
    this.#start = new SessionStart(options, this.#standing, now);
  }

  /** This end's, in the lineage's full handshake: known when the handshake is over. */
  get role(): Role {
    return this.#lineage?.role ?? this.#start?.role ?? this.#options.role;
  }

  /** Where the session is in its life. */
  get state(): SessionState {
    return this.#standing.state;
  }

  /** What has come of the calls since the last time. */
  takeOutputs(): SessionOutput[] {
    return this.#standing.outbox.take();
  }

  /** Takes one frame from the path. Never throws for what the peer sent: that shows in the outputs and the metrics. */
  receive(frame: Uint8Array, now: Instant): void {
    if (this.#standing.disconnected) return;
    this.#guarded(now, () => {
      if (this.#lineage !== undefined) return this.#openFrame(this.#lineage, frame, now);
      this.#begin(this.#start?.read(frame, now), now);
    });
  }

  /** Answers a `resumption` output with what was kept under its name; the state stays the caller's, who disposes it. */
  resumption(state: ResumptionState | undefined, now: Instant): void {
    this.#guarded(now, () => this.#start?.resumption(state, now));
  }

  /** Answers a `restoration` output with what was kept under its name; the state stays the caller's, who disposes it. */
  restoration(state: RestorationState | undefined, now: Instant): void {
    this.#guarded(now, () => this.#start?.restoration(state, now));
  }

  /** Answers a `hold` output with what was taken; the state stays the caller's. Undefined: there is nothing of the lineage any more. */
  held(hold: RestorationHold | undefined, now: Instant): void {
    this.#guarded(now, () => this.#start?.held(hold, now));
  }

  /** Answers an `authorize` output, of a handshake or of a renewal. A refused peer learns nothing but that the path has ended. */
  authorize(allowed: boolean, now: Instant): void {
    const start = this.#start?.awaitsDecision === true ? this.#start : undefined;
    const lineage = this.#standing.live ? this.#lineage : undefined;
    if (start === undefined && lineage?.exchanges.awaitsDecision !== true) return;
    if (lineage !== undefined && this.expireIfDue(lineage, now)) return;
    this.#guarded(now, () => {
      if (!allowed)
        throw new SessionError("peer-refused", "The policy of this end does not accept the peer's key.");
      if (start === undefined) lineage?.exchanges.renewalAccepted(now);
      else this.#begin(start.authorized(now), now);
    });
  }

  /** The path has ended, in good order or not. */
  connectionEnded(now: Instant, cause?: SessionError): void {
    this.#standing.pathEnded();
    if (this.state.name === "ended") return this.dispose();
    this.end(this.#standing.truncated(cause), now);
  }

  /** Whether the path takes no frames at present: answers to control frames wait till it does. */
  pathBlocked(blocked: boolean, now: Instant): void {
    this.#pathBlocked = blocked;
    if (!this.#standing.live || this.#lineage === undefined) return;
    this.#lineage.pathBlocked(blocked, now);
    if (!blocked) this.wake(now);
  }

  /** When `wake` wants to be called, in milliseconds of the monotonic clock. */
  nextWakeup(now: Instant): number | undefined {
    if (this.state.name === "handshaking") return earliest(this.#deadline, this.#start?.nextWakeup);
    if (this.#awaitingClose) return this.#lineage?.keys.nextExpiry;
    return this.#standing.live ? this.#lineage?.nextWakeup(now) : undefined;
  }

  /** Does what is due. Early, late and repeated calls do no harm. */
  wake(now: Instant): void {
    if (this.state.name === "handshaking") {
      if (now.monotonic < this.#deadline) return this.#start?.wake(now);
      const message = `The handshake has taken longer than ${this.#options.handshakeTimeout} ms.`;
      this.end({ kind: "failed", error: new SessionError("handshake-timeout", message) }, now);
    } else if (this.#awaitingClose) {
      this.#lineage?.keys.expire(now);
    } else if (this.#standing.live && this.#lineage !== undefined) {
      const lineage = this.#lineage;
      if (!this.expireIfDue(lineage, now)) this.#guarded(now, () => lineage.exchanges.answerHeld(now));
      if (this.#standing.live) this.attend(lineage, now);
    }
  }

  /** Ends the session by `error`: what a frame of the peer held broke a rule of whoever it was for. It counts as refused. */
  fail(error: SessionError, now: Instant): void {
    if (!this.#standing.live) return;
    this.#standing.countRefusal(error.code);
    this.end({ kind: "failed", error }, now);
  }

  /** Announces the end and ends: nothing is sent or delivered afterwards. The keys are erased when the peer has answered. */
  close(reason: CloseReason, now: Instant): void {
    if (this.state.name === "ended") return;
    if (this.#standing.live) {
      this.#lineage?.sendControl({ kind: "close", reason }, now);
      this.#awaitingClose = true;
    }
    this.end({ kind: "closed", by: "local", reason }, now);
  }

  /** Ends the session, or what may become one: what it has to keep could not be stored. */
  protected unkept(error: SessionError, now: Instant): void {
    if (this.state.name !== "ended") this.end({ kind: "failed", error }, now);
  }

  /** What is to be stored is of this lineage: of the session, or of one that is being restored. */
  protected get kept(): Lineage | undefined {
    return this.#standing.live ? this.#lineage : this.#start?.lineage;
  }

  /** Another process has taken the session over: nothing of it leaves this one any more. */
  fenced(error: SessionError, now: Instant): void {
    if (this.state.name === "ended") return;
    this.#standing.outbox.event({ type: "fenced" });
    this.end({ kind: "fenced", error }, now);
  }

  /** Ends the session: what one end remembers contradicts what the other has seen. The peer is told. */
  quarantine(regression: Regression, now: Instant): void {
    if (!this.#standing.live) return;
    this.#lineage?.sendControl({ kind: "close", reason: "quarantined" }, now);
    this.#awaitingClose = true;
    this.#quarantined("local", regression, now);
  }

  /** Erases every key. A session that has not ended ends now, and the peer is not told. */
  dispose(): void {
    if (this.state.name !== "ended") {
      const end = { kind: "closed", by: "local", reason: "going-away" } as const;
      this.#standing.abandoned(end);
    }
    this.#standing.disconnect();
    this.#start?.dispose();
    this.#start = undefined;
    this.#lineage?.dispose();
    this.#awaitingClose = false;
  }

  /** The session has keys. */
  #begin(started: Started | undefined, now: Instant): void {
    if (started === undefined) return;
    if (started.kind === "handshake") return this.#establish(started.result, now);
    const { lineage } = started;
    this.#lineage = lineage;
    this.#start = undefined;
    this.#pathProven = true;
    if (started.kind === "restored") return this.#restored(lineage, now);
    if (started.kind === "closed") return this.#closedInStart(lineage, started.reason, now);
    lineage.sendControl({ kind: "close", reason: "quarantined" }, now);
    this.#awaitingClose = true;
    this.#quarantined("local", started.regression, now);
  }

  #closedInStart(lineage: Lineage, reason: CloseReason, now: Instant): void {
    lineage.sendControl({ kind: "close", reason }, now);
    if (reason === "quarantined") this.#quarantined("peer", undefined, now);
    else this.end({ kind: "closed", by: "peer", reason }, now);
  }

  /** Whoever read the last message of the handshake is sure of the peer, and says so. */
  #establish(result: HandshakeResult, now: Instant): void {
    const handshakeRole = this.#options.role;
    const roles = { role: result.resumed?.role ?? handshakeRole, handshakeRole };
    const ordering = this.#options.delivery === "ordered" ? "in-order" : "out-of-order";
    this.#lineage = newLineage(lineageConfig(this.#options, roles, ordering, this.#standing), result, now);
    this.#lineage.pathBlocked(this.#pathBlocked, now);
    this.#start = undefined;
    if (result.wroteLast) return;
    this.#established(this.#lineage, now);
    this.#lineage.exchanges.confirm(now);
  }

  /** The peer has shown that it has the keys. What the session can be restored from is kept before anything of it leaves. */
  #established(lineage: Lineage, now: Instant): void {
    // An end that was asked has kept it before it has answered.
    if (lineage.memory.restored !== "peer") this.#standing.gate?.require();
    this.#standing.established(lineage, now);
  }

  /** The session goes on: whoever has asked says so, and proposes the next generation at once. */
  #restored(lineage: Lineage, now: Instant): void {
    lineage.pathBlocked(this.#pathBlocked, now);
    lineage.memory.carryOn();
    this.#established(lineage, now);
    if (this.expireIfDue(lineage, now) || lineage.memory.restored !== "local") return;
    lineage.restoring.say(now);
    lineage.exchanges.advanceGeneration(now);
  }

  #openFrame(lineage: Lineage, frame: Uint8Array, now: Instant): void {
    if (this.#standing.live) this.expireIfDue(lineage, now);
    if (this.state.name === "ended" && !this.#awaitingClose) return;
    const { opened, phase } = lineage.openFrame(frame, now, () => {
      this.#pathProven = true;
      if (this.state.name === "handshaking") this.#established(lineage, now);
    });
    this.#deliver(lineage, opened, phase, now);
    if (this.#standing.live && lineage.takeAttention()) this.attend(lineage, now);
  }

  /** Does what an opened frame says. What comes after the end is nobody's, but for the peer's `close`. */
  #deliver(lineage: Lineage, opened: OpenedFrame, phase: EstablishedPhase, now: Instant): void {
    switch (opened.type) {
      case sealedFrameType.control: {
        const control = decodeControl(opened.plaintext);
        if (control.kind === "close") this.#closedByPeer(lineage, control.reason, now);
        else if (control.kind === "restored") this.#repeated(lineage, now);
        else if (this.#standing.live) lineage.control(control, phase, now);
        return;
      }
      case sealedFrameType.message:
      case sealedFrameType.batch:
      case sealedFrameType.stream:
      case sealedFrameType.durable:
        if (!this.#standing.live) return;
        this.#standing.outbox.deliver(opened.type, lineage.readMessages(opened, phase, now));
    }
  }

  /** The peer has not had this end's first word: on datagrams it may be lost. */
  #repeated(lineage: Lineage, now: Instant): void {
    if (this.#standing.live && lineage.memory.restored === "local") lineage.restoring.say(now);
  }

  #closedByPeer(lineage: Lineage, reason: CloseReason, now: Instant): void {
    if (!this.#standing.live) return this.dispose();
    lineage.sendControl({ kind: "close", reason }, now);
    if (reason === "quarantined") return this.#quarantined("peer", undefined, now);
    const limit = reason === "expired" ? lineage.nearestLimit(now) : undefined;
    if (limit === undefined) return this.end({ kind: "closed", by: "peer", reason }, now);
    this.#standing.outbox.event({ type: "expired", reason: limit });
    this.end({ kind: "expired", reason: limit, error: expired(limit) }, now);
  }

  #quarantined(by: "local" | "peer", regression: Regression | undefined, now: Instant): void {
    this.#standing.outbox.event({ type: "quarantined", by, regression });
    this.end({ kind: "quarantined", by, regression, error: quarantined(regression) }, now);
  }

  /** Does what is due, and ends the session where a limit says so. */
  protected attend(lineage: Lineage, now: Instant): void {
    if (this.expireIfDue(lineage, now)) return;
    lineage.wake(now);
    this.#standing.follow(lineage.status(now));
  }

  /** Ends the session where a limit has reached its hard edge, whoever notices it first. */
  protected expireIfDue(lineage: Lineage, now: Instant): boolean {
    const reason = lineage.expiredBy(now);
    if (reason !== undefined) this.#expire(lineage, reason, now);
    return reason !== undefined;
  }

  /** The hard edge of a limit: the peer is told, and nothing goes on. */
  #expire(lineage: Lineage, reason: ExpiryReason, now: Instant): void {
    lineage.sendControl({ kind: "close", reason: "expired" }, now);
    this.#awaitingClose = true;
    this.#standing.outbox.event({ type: "expired", reason });
    this.end({ kind: "expired", reason, error: expired(reason) }, now);
  }

  /** Runs what the peer's frame leads to; a refusal has the consequences that PROTOCOL, section 9, names. */
  #guarded(now: Instant, step: () => void): void {
    try {
      step();
    } catch (thrown) {
      const error = asSessionError(thrown);
      this.#standing.countRefusal(error.code);
      this.#refused(error, now);
    }
  }

  #refused(error: SessionError, now: Instant): void {
    const forged = error.code === "record-forged" && this.#options.delivery === "datagram";
    if (forged && this.#standing.live) this.#lineage?.countForgery(now);
    if (this.#options.delivery === "datagram" && isForgeable(error)) return;
    if (this.state.name === "ended") {
      this.dispose();
    } else if (this.state.name === "handshaking" || this.#pathProven) {
      this.end({ kind: "failed", error }, now);
    } else {
      // It may be the path that is wrong, not the peer: the path ends, and with it a session that has no other.
      this.#standing.disconnect();
      this.connectionEnded(now, error);
    }
  }

  protected end(end: SessionEnd, now: Instant): void {
    this.#standing.ended(end, now);
    if (this.#awaitingClose) this.#lineage?.keys.expire(now);
    else this.dispose();
  }

  protected get standing(): SessionStanding {
    return this.#standing;
  }

  /** There from the end of the handshake on, also where the session has ended. */
  protected get lineage(): Lineage | undefined {
    return this.#lineage;
  }
}
