import { toHex } from "../bytes/index.js";
import { SessionError, type ErrorCode } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import type { SessionStatus } from "./session-status.js";
import { expired } from "./limit-errors.js";
import type { Lineage } from "./lineage.js";
import { isTold } from "./session-event.js";
import { RestorationGate } from "./restoration-gate.js";
import { MetricsRecorder } from "./session-metrics.js";
import { Outbox } from "./session-output.js";
import { isLive, transition, type SessionEnd, type SessionState } from "./session-state.js";

/** Codes for which a handshake fails even where anybody can inject datagrams: the peer itself has proven them. */
const provenFailures: ReadonlySet<ErrorCode> = new Set(["peer-mismatch", "peer-refused"]);

/** Where a session stands: its state, whether its path is still there, what was refused. It tells the owner what changes. */
export class SessionStanding {
  readonly metrics: MetricsRecorder;
  readonly outbox = new Outbox();
  /** Where what the session can be restored from is kept. */
  readonly gate: RestorationGate | undefined;
  #state: SessionState = { name: "handshaking" };
  #disconnected = false;

  constructor(persist: boolean, now: Instant) {
    this.gate = persist ? new RestorationGate(this.outbox) : undefined;
    this.metrics = new MetricsRecorder(now);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whether the session is established and has not ended. */
  get live(): boolean {
    return isLive(this.#state);
  }

  /** Whether the path has ended, or the owner has been told to end it: what still comes on it is nobody's. */
  get disconnected(): boolean {
    return this.#disconnected;
  }

  /** Whether the next send will succeed; `lineage` is there from the end of the handshake on. */
  health(lineage: Lineage | undefined, now: Instant): SessionStatus {
    const state = this.#state;
    if (state.name !== "ended")
      return state.name === "handshaking" || lineage === undefined
        ? { status: "handshaking" }
        : lineage.status(now);
    const { end } = state;
    return end.kind === "expired" ? { status: "expired", reason: end.reason } : { status: "ended" };
  }

  /** The path has ended by itself, and the session with it. */
  truncated(cause: SessionError | undefined): SessionEnd {
    const options = cause === undefined ? undefined : { cause };
    if (this.#state.name === "handshaking") {
      const message =
        "The peer ended the connection during the handshake: it may not accept this end's key (give the peer this end's id), suite or version.";
      return { kind: "failed", error: new SessionError("handshake-failed", message, options) };
    }
    const message =
      "The connection ended before the peer closed the session: its last messages may be missing.";
    return { kind: "truncated", error: new SessionError("session-truncated", message, options) };
  }

  /** The handshake is over, and the peer has shown that it has the keys. */
  established({ current: { id, suite, peer }, memory: { resumed, restored } }: Lineage, now: Instant): void {
    this.#state = transition(this.#state, { name: "active" });
    this.metrics.established(now);
    this.outbox.event({ type: "established", suite: suite.name, peer: toHex(peer) });
    if (resumed !== undefined) this.outbox.event({ type: "resumed", from: resumed.from, to: toHex(id) });
    if (restored !== undefined) this.outbox.event({ type: "restored", by: restored });
  }

  /** The state of a live session follows its limits. */
  follow(status: SessionStatus): void {
    const near = this.#state.name === "near-expiry" ? this.#state.reason : undefined;
    if (status.status === "near-expiry" && near !== status.reason) {
      this.#state = transition(this.#state, { name: "near-expiry", reason: status.reason });
    } else if (status.status === "healthy" && near !== undefined) {
      this.#state = transition(this.#state, { name: "active" });
    }
  }

  ended(end: SessionEnd, now: Instant): void {
    this.metrics.active(now);
    this.abandoned(end);
  }

  /** As `ended`, and nobody did anything: that is no activity. */
  abandoned(end: SessionEnd): void {
    this.#state = transition(this.#state, { name: "ended", end });
    // What an overtaken end has sealed leaves it no more, nor anything of a session that could not be kept.
    if (end.kind === "fenced" || this.gate?.begun === false) this.outbox.drop();
    else this.outbox.release();
    this.outbox.event({ type: "ended", end });
  }

  /** Tells the owner to end the path, once. */
  disconnect(): void {
    if (!this.#disconnected) this.outbox.put({ kind: "disconnect" });
    this.#disconnected = true;
  }

  /** The path has ended by itself. */
  pathEnded(): void {
    this.#disconnected = true;
  }

  countRefusal(cause: ErrorCode): void {
    const count = this.metrics.refuse(cause);
    if (isTold(count)) this.outbox.event({ type: "rejected", cause, count });
  }

  /** What whoever asks something of a session is told that is not live. */
  get notLive(): SessionError {
    if (this.#state.name === "handshaking") {
      return new SessionError(
        "session-not-active",
        "The handshake is not over yet: wait until the session is established.",
      );
    }
    if (this.#state.name === "ended" && this.#state.end.kind === "expired")
      return expired(this.#state.end.reason);
    if (
      this.#state.name === "ended" &&
      (this.#state.end.kind === "quarantined" || this.#state.end.kind === "fenced")
    )
      return this.#state.end.error;
    return new SessionError("session-closed", "This session has ended: open a new one to the same peer.");
  }
}

/** Whether anybody who can inject datagrams could have caused it: then it must cost the session nothing. */
export function isForgeable(error: SessionError): boolean {
  return error.category === "peer-misbehaved" && !provenFailures.has(error.code);
}
