import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import type { Handshake, HandshakeResult, HandshakeStep } from "./handshake.js";
import { InitiatorHandshake } from "./initiator-handshake.js";
import { ResumptionInitiator } from "./resumption-initiator.js";
import { ResumptionResponder } from "./resumption-responder.js";
import type { ResumptionState } from "./resumption-state.js";
import type { Outbox } from "./session-output.js";
import type { SessionMachineOptions } from "./session-options.js";

/** The handshake as the session sees it: frames in, outputs out, a result at the end. */
export class HandshakePhase {
  readonly #outbox: Outbox;
  readonly #handshake: Handshake;
  #awaitsDecision = false;
  #awaitsState = false;

  /** Puts out an initiator's first frame. @throws what `checkPeer` throws; resumption-refused */
  constructor(options: SessionMachineOptions, outbox: Outbox, now: Instant) {
    const { provider, random, role, identity, floor, peer, prefer, limits, resume } = options;
    this.#outbox = outbox;
    if (role === "responder") {
      this.#handshake = new ResumptionResponder(provider, random, { identity, floor, limits });
      return;
    }
    const config = { identity, floor, prefer, limits, ...(peer !== undefined && { peer }) };
    const handshake =
      resume === undefined
        ? new InitiatorHandshake(provider, random, config)
        : new ResumptionInitiator(provider, random, config, resume, now);
    this.#handshake = handshake;
    outbox.put({ kind: "frame", frame: handshake.firstFrame });
  }

  /** Whether the owner's policy has to decide: `authorized` or nothing comes next. */
  get awaitsDecision(): boolean {
    return this.#awaitsDecision;
  }

  /** Whether the owner has to say what it has kept: `resumption` or nothing comes next. */
  get awaitsState(): boolean {
    return this.#awaitsState;
  }

  /** Takes a frame of the peer; the result where it was the last one. @throws as `Handshake.read` */
  read(frame: Uint8Array): HandshakeResult | undefined {
    if (this.#awaitsDecision || this.#awaitsState) {
      throw new SessionError("frame-unexpected", "The peer speaks before this end has answered it.");
    }
    return this.#step(this.#handshake.read(frame));
  }

  /** Goes on with what the owner has kept, if it has anything. @throws as `Handshake.resumption` */
  resumption(state: ResumptionState | undefined, now: Instant): void {
    this.#awaitsState = false;
    const step = this.#handshake.resumption?.(state, now);
    if (step !== undefined) this.#step(step);
  }

  /** Goes on with a peer that the policy accepts. @throws as `Handshake.authorized` */
  authorized(now: Instant): HandshakeResult | undefined {
    this.#awaitsDecision = false;
    return this.#step(this.#handshake.authorized(now));
  }

  dispose(): void {
    this.#handshake.dispose();
  }

  #step(step: HandshakeStep): HandshakeResult | undefined {
    if (step.kind === "resumption") {
      this.#awaitsState = true;
      this.#outbox.put(step);
    } else if (step.kind === "authorize") {
      this.#awaitsDecision = true;
      this.#outbox.put({ kind: "authorize", peer: step.peer });
    } else if (step.frame !== undefined) {
      this.#outbox.put({ kind: "frame", frame: step.frame });
    }
    return step.kind === "done" ? step.result : undefined;
  }
}
