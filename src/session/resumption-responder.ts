import { equalConstantTime, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import { clearFrame, clearFrameType } from "../record/index.js";
import { readClearFrame } from "./clear-frame.js";
import type { Handshake, HandshakeConfig, HandshakeStep } from "./handshake.js";
import { protocolVersion } from "./offer.js";
import { checkPeer } from "./peer-check.js";
import { ResponderHandshake } from "./responder-handshake.js";
import { decodeResumption, type ResumptionOpening } from "./resumption-frame.js";
import { mayResume, Resumption } from "./resumption.js";
import { resumptionName } from "./resumption-secret.js";
import type { ResumptionState } from "./resumption-state.js";
import { suites } from "./suites.js";

type Phase =
  /** The peer has said nothing that was understood. */
  | { readonly kind: "first" }
  /** The owner looks for what it has kept. */
  | { readonly kind: "lookup"; readonly opening: ResumptionOpening }
  /** Message 1 has been read; the owner decides. */
  | { readonly kind: "decision"; readonly resumption: Resumption; readonly peer: Uint8Array }
  /** A full handshake, from the beginning or since the resumption was refused. */
  | { readonly kind: "full" };

const nothing = new Uint8Array(0);

/** The responder's side: resumes a lineage whose state its owner has kept, or does a full handshake. @see PROTOCOL, section 18 */
export class ResumptionResponder implements Handshake {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #config: HandshakeConfig;
  readonly #full: ResponderHandshake;
  #phase: Phase = { kind: "first" };

  constructor(provider: CryptoProvider, random: RandomSource, config: HandshakeConfig) {
    this.#provider = provider;
    this.#random = random;
    this.#config = config;
    this.#full = new ResponderHandshake(provider, random, config);
  }

  read(frame: Uint8Array): HandshakeStep {
    const { kind } = this.#phase;
    if (kind === "lookup" || kind === "decision")
      throw new SessionError("frame-unexpected", "The peer speaks before this end has answered it.");
    if (kind === "first" && frame[0] === clearFrameType.resume) return this.#resume(frame);
    const step = this.#full.read(frame);
    this.#phase = { kind: "full" };
    return step;
  }

  /** Nothing but a look into what is kept comes of it: a flood of names costs no DH. */
  #resume(frame: Uint8Array): HandshakeStep {
    const { body } = readClearFrame(frame, [clearFrameType.resume]);
    const otherVersion = body.length > 0 && body[0] !== protocolVersion;
    if (otherVersion) return this.#refuse();
    const opening = decodeResumption(body);
    this.#phase = { kind: "lookup", opening };
    return { kind: "resumption", name: opening.name };
  }

  resumption(state: ResumptionState | undefined, now: Instant): HandshakeStep {
    const phase = this.#phase;
    if (phase.kind !== "lookup") throw new SessionError("internal", "Nobody has asked for a state.");
    const { opening } = phase;
    const secret = state?.secrets.find(kept =>
      equalConstantTime(resumptionName(this.#provider, kept), opening.name),
    );
    if (
      state === undefined ||
      secret === undefined ||
      suites[state.suite].id !== opening.suite ||
      !mayResume(state, this.#config.floor, now)
    ) {
      return this.#refuse();
    }
    // A frame that is not the peer's must not use the handshake up: the right one may still come.
    this.#phase = { kind: "first" };
    checkPeer(this.#provider.dh, state.peer, this.#config.identity.publicKey, undefined);
    const parts = [this.#provider, this.#random, this.#config, "responder", state, secret, opening] as const;
    const resumption = new Resumption(...parts);
    try {
      resumption.read(opening.message);
    } catch (error) {
      resumption.dispose();
      throw error;
    }
    this.#phase = { kind: "decision", resumption, peer: state.peer };
    return { kind: "authorize", peer: state.peer };
  }

  #refuse(): HandshakeStep {
    this.#phase = { kind: "full" };
    return { kind: "reply", frame: clearFrame(clearFrameType.resumptionRefused, nothing) };
  }

  authorized(now: Instant): HandshakeStep {
    const phase = this.#phase;
    if (phase.kind !== "decision") return this.#full.authorized();
    const { resumption } = phase;
    const frame = clearFrame(clearFrameType.handshake, resumption.write(now));
    return { kind: "done", frame, result: resumption.result(true) };
  }

  dispose(): void {
    if (this.#phase.kind === "decision") this.#phase.resumption.dispose();
    this.#full.dispose();
  }
}
