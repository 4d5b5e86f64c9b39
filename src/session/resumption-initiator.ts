import { concat, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import type { Instant } from "../ports/index.js";
import { clearFrame, clearFrameType } from "../record/index.js";
import { readClearFrame } from "./clear-frame.js";
import type { Handshake, HandshakeStep } from "./handshake.js";
import { checkEmpty } from "./handshake-result.js";
import { InitiatorHandshake, type InitiatorConfig } from "./initiator-handshake.js";
import { checkPeer } from "./peer-check.js";
import { resumptionHead } from "./resumption-frame.js";
import { mayResume, Resumption, resumptionRefused } from "./resumption.js";
import { resumptionName, resumptionNonceLength } from "./resumption-secret.js";
import type { ResumptionState } from "./resumption-state.js";
import { suites } from "./suites.js";

/** What an initiator goes on with. The state's secrets stay its owner's, who may dispose them when the machine has been made. */
export interface ResumptionAttempt {
  /** What this end has kept of the lineage. */
  readonly state: ResumptionState;
  /** Whether a full handshake takes its place where the peer refuses it, or this end cannot ask for it any more. */
  readonly fallback: boolean;
}

/**
 * The initiator's side of a resumption; where the peer refuses it, one full handshake with the key that is known, on the same path.
 *
 * @see PROTOCOL, section 18
 */
export class ResumptionInitiator implements Handshake {
  readonly #fallback: (() => InitiatorHandshake) | undefined;
  readonly #resumption: Resumption | undefined;
  #full: InitiatorHandshake | undefined;

  /** The frame that opens the session: send it first. */
  readonly firstFrame: Uint8Array;

  /** @throws resumption-refused where this end cannot ask for it and there is no fall-back; what `checkPeer` throws */
  constructor(
    provider: CryptoProvider,
    random: RandomSource,
    config: InitiatorConfig,
    { state, fallback }: ResumptionAttempt,
    now: Instant,
  ) {
    const suite = suites[state.suite];
    checkPeer(provider.dh, state.peer, config.identity.publicKey, config.peer);
    // What was agreed on as hybrid is never tried again as classic.
    const atLeast = suite.hybrid ? ({ floor: "hybrid", prefer: "hybrid" } as const) : {};
    const full = (): InitiatorHandshake =>
      new InitiatorHandshake(provider, random, { ...config, peer: state.peer, ...atLeast });
    this.#fallback = fallback ? full : undefined;
    const secret = state.secrets[0];
    if (secret === undefined || !mayResume(state, config.floor, now)) {
      if (!fallback)
        throw resumptionRefused("What is kept of the lineage is too old, or below this end's floor");
      this.#full = full();
      this.firstFrame = this.#full.firstFrame;
      return;
    }
    const nonce = Uint8Array.from(random(resumptionNonceLength));
    const name = resumptionName(provider, secret);
    const { head, prologue } = resumptionHead({ suite: suite.id, name, nonce });
    const bound = { nonce, prologue };
    this.#resumption = new Resumption(provider, random, config, "initiator", state, secret, bound);
    this.firstFrame = clearFrame(clearFrameType.resume, concat(head, this.#resumption.write(now)));
  }

  read(frame: Uint8Array): HandshakeStep {
    if (this.#full !== undefined) return this.#full.read(frame);
    const { type, body } = readClearFrame(frame, [
      clearFrameType.handshake,
      clearFrameType.resumptionRefused,
    ]);
    if (type === clearFrameType.resumptionRefused) return this.#refused(body);
    this.#resumption!.read(body);
    return { kind: "done", result: this.#resumption!.result(false) };
  }

  #refused(body: Uint8Array): HandshakeStep {
    checkEmpty(body);
    if (this.#fallback === undefined) throw resumptionRefused("The peer does not resume the session");
    this.#resumption?.dispose();
    this.#full = this.#fallback();
    return { kind: "reply", frame: this.#full.firstFrame };
  }

  /** Only the fall-back, where it had to ask for the peer's key again, comes to this. */
  authorized(): HandshakeStep {
    return this.#full!.authorized();
  }

  dispose(): void {
    this.#resumption?.dispose();
    this.#full?.dispose();
  }
}
