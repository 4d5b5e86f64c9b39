import { earliest } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import { HandshakePhase } from "./handshake-phase.js";
import type { HandshakeResult } from "./handshake.js";
import type { Role } from "./key-schedule.js";
import type { Lineage } from "./lineage.js";
import { RestorationInitiator, type InitiatorStep } from "./restoration-initiator.js";
import { RestorationResponder, type RestorationHold } from "./restoration-responder.js";
import type { RestorationState } from "./restoration-state.js";
import type { FirstWord } from "./restored-opening.js";
import { resumptionRefused } from "./resumption.js";
import type { ResumptionState } from "./resumption-state.js";
import type { SessionMachineOptions } from "./session-options.js";
import type { SessionStanding } from "./session-standing.js";

/** What a session begins with. */
export type Started = { readonly kind: "handshake"; readonly result: HandshakeResult } | FirstWord;

/** Whatever comes before a session is established: a restore, a resumption, a handshake, one in the place of another. */
export class SessionStart {
  readonly #options: SessionMachineOptions;
  readonly #standing: SessionStanding;
  #initiator: RestorationInitiator | undefined;
  readonly #responder: RestorationResponder | undefined;
  #handshake: HandshakePhase | undefined;

  /** Puts out an initiator's first frame. @throws as `HandshakePhase` and `RestorationInitiator` */
  constructor(options: SessionMachineOptions, standing: SessionStanding, now: Instant) {
    this.#options = options;
    this.#standing = standing;
    const { restore, role, delivery } = options;
    const ordering = delivery === "ordered" ? "in-order" : "out-of-order";
    if (restore !== undefined) {
      this.#initiator = new RestorationInitiator(options, restore, ordering, standing, now);
      return;
    }
    if (role === "responder") this.#responder = new RestorationResponder(options, ordering, standing);
    this.#handshake = new HandshakePhase(options, standing.outbox, now);
  }

  /** This end's, in the lineage's full handshake, as far as it is known. */
  get role(): Role {
    return (this.#initiator ?? this.#responder)?.lineage?.role ?? this.#options.role;
  }

  /** What the peer has asked to carry on with, and has been answered in. */
  get lineage(): Lineage | undefined {
    return this.#responder?.lineage;
  }

  /** Whether the owner's policy has to decide: `authorized` or nothing comes next. */
  get awaitsDecision(): boolean {
    return this.#responder?.awaitsDecision === true || this.#handshake?.awaitsDecision === true;
  }

  /** When, in milliseconds of the monotonic clock, `wake` has something to do. */
  get nextWakeup(): number | undefined {
    return earliest(this.#initiator?.resendAt ?? this.#responder?.resendAt);
  }

  wake(now: Instant): void {
    this.#initiator?.wake(now);
    this.#responder?.wake(now);
  }

  /** Takes a frame of the peer; the result where it was the last one. @throws what the frame is refused with */
  read(frame: Uint8Array, now: Instant): Started | undefined {
    const step = this.#initiator?.read(frame, now) ?? this.#responder?.read(frame, now);
    if (step === "taken") return undefined;
    if (step?.kind === "refused") return this.#fallBack(now);
    if (step !== undefined) return this.#restored(step);
    const result = this.#handshake?.read(frame);
    return this.#finished(result);
  }

  /** Goes on with what the owner has kept of a lineage, if it has anything. */
  resumption(state: ResumptionState | undefined, now: Instant): void {
    if (this.#handshake?.awaitsState === true) this.#handshake.resumption(state, now);
  }

  /** Goes on with what the owner has kept of a session, if it has anything. */
  restoration(state: RestorationState | undefined, now: Instant): void {
    this.#responder?.found(state, now);
  }

  /** Goes on with what the owner has taken. */
  held(hold: RestorationHold | undefined, now: Instant): void {
    this.#responder?.held(hold, now);
  }

  /** Goes on with a peer that the policy accepts. */
  authorized(now: Instant): Started | undefined {
    if (this.#responder?.awaitsDecision === true) {
      this.#responder.authorized();
      return undefined;
    }
    return this.#finished(this.#handshake?.authorized(now));
  }

  dispose(): void {
    this.#initiator?.dispose();
    this.#responder?.dispose();
    this.#handshake?.dispose();
  }

  /** On a path that keeps order the refusal is the peer's, as far as anybody can tell. On datagrams it may be anybody's: what comes first counts. */
  #fallBack(now: Instant): undefined {
    const { restore, ...options } = this.#options;
    if (options.resume === undefined && restore?.fallback === false)
      throw resumptionRefused("The peer does not carry on with the session");
    if (this.#options.delivery === "ordered") {
      this.#initiator?.dispose();
      this.#initiator = undefined;
    }
    this.#handshake = new HandshakePhase(options, this.#standing.outbox, now);
  }

  #finished(result: HandshakeResult | undefined): Started | undefined {
    if (result === undefined) return undefined;
    this.#initiator?.dispose();
    this.#responder?.dispose();
    return { kind: "handshake", result };
  }

  #restored(word: Exclude<InitiatorStep, { kind: "refused" } | undefined>): Started {
    this.#handshake?.dispose();
    return word;
  }
}
