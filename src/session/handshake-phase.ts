import { SessionError } from "../errors/index.js";
import type { Handshake, HandshakeResult, HandshakeStep } from "./handshake.js";
import { InitiatorHandshake } from "./initiator-handshake.js";
import { ResponderHandshake } from "./responder-handshake.js";
import type { Outbox } from "./session-output.js";
import type { SessionMachineOptions } from "./session-options.js";

/** The handshake as the session sees it: frames in, outputs out, a result at the end. */
export class HandshakePhase {
  readonly #outbox: Outbox;
  readonly #handshake: Handshake;
  #awaitsDecision = false;

  /** Puts out an initiator's first frame. @throws what `checkPeer` throws */
  constructor(options: SessionMachineOptions, outbox: Outbox) {
    const { provider, random, role, identity, floor, peer, prefer, limits } = options;
    this.#outbox = outbox;
    if (role === "responder") {
      this.#handshake = new ResponderHandshake(provider, random, { identity, floor, limits });
      return;
    }
    const config = { identity, floor, prefer, limits };
    const handshake = new InitiatorHandshake(
      provider,
      random,
      peer === undefined ? config : { ...config, peer },
    );
    this.#handshake = handshake;
    outbox.put({ kind: "frame", frame: handshake.firstFrame });
  }

  /** Whether the owner's policy has to decide: `authorized` or nothing comes next. */
  get awaitsDecision(): boolean {
    return this.#awaitsDecision;
  }

  /** Takes a frame of the peer; the result where it was the last one. @throws as `Handshake.read` */
  read(frame: Uint8Array): HandshakeResult | undefined {
    if (this.#awaitsDecision) {
      throw new SessionError("frame-unexpected", "The peer speaks before this end has answered it.");
    }
    return this.#step(this.#handshake.read(frame));
  }

  /** Goes on with a peer that the policy accepts. @throws as `Handshake.authorized` */
  authorized(): HandshakeResult | undefined {
    this.#awaitsDecision = false;
    return this.#step(this.#handshake.authorized());
  }

  dispose(): void {
    this.#handshake.dispose();
  }

  #step(step: HandshakeStep): HandshakeResult | undefined {
    if (step.kind === "authorize") {
      this.#awaitsDecision = true;
      this.#outbox.put({ kind: "authorize", peer: step.peer });
    } else if (step.frame !== undefined) {
      this.#outbox.put({ kind: "frame", frame: step.frame });
    }
    return step.kind === "done" ? step.result : undefined;
  }
}
