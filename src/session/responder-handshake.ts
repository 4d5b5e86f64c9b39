import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { HandshakeState } from "../noise/index.js";
import { clearFrame, clearFrameType } from "../record/index.js";
import { readClearFrame } from "./clear-frame.js";
import type { Handshake, HandshakeConfig, HandshakeStep } from "./handshake.js";
import { checkEmpty, finish } from "./handshake-result.js";
import { decodeLimits, encodeLimits, type SessionLimits } from "./limits.js";
import { checkOffer, firstChoice, retryChoice } from "./negotiation.js";
import {
  checkAnswer,
  decodeOpening,
  encodeRetry,
  messageHash,
  protocolVersion,
  type Opening,
} from "./offer.js";
import { checkPeer } from "./peer-check.js";
import { suiteProtocol, type Suite } from "./suites.js";

type Phase =
  | { readonly kind: "offer" }
  /** A retry has gone out: the second frame must answer exactly these bytes. */
  | {
      readonly kind: "second-offer";
      readonly offerBytes: Uint8Array;
      readonly messageHash: Uint8Array;
      readonly retry: Uint8Array;
    }
  | { readonly kind: "message-3" }
  /** Message 1 of IK has been read, or message 3 of XX: the owner decides. */
  | { readonly kind: "decision" };

/** The responder's side: the suite from the offer, at most one retry, and the Noise handshake. @see PROTOCOL, section 4 */
export class ResponderHandshake implements Handshake {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #config: HandshakeConfig;
  #phase: Phase = { kind: "offer" };
  #suite: Suite | undefined;
  #noise: HandshakeState | undefined;
  #peerLimits: SessionLimits | undefined;

  constructor(provider: CryptoProvider, random: RandomSource, config: HandshakeConfig) {
    this.#provider = provider;
    this.#random = random;
    this.#config = config;
  }

  read(frame: Uint8Array): HandshakeStep {
    switch (this.#phase.kind) {
      case "offer":
        return this.#offer(
          decodeOpening(clearFrameType.offer, readClearFrame(frame, [clearFrameType.offer]).body),
        );
      case "second-offer":
        return this.#secondOffer(
          decodeOpening(clearFrameType.secondOffer, readClearFrame(frame, [clearFrameType.secondOffer]).body),
          this.#phase,
        );
      case "message-3":
        this.#noise!.readMessage(
          readClearFrame(frame, [clearFrameType.handshake]).body,
          payload => (this.#peerLimits = decodeLimits(payload)),
        );
        return this.#decide();
      case "decision":
        throw new SessionError("frame-unexpected", "The peer speaks before this end has answered it.");
    }
  }

  #offer(opening: Opening): HandshakeStep {
    checkOffer(opening.offer);
    const suite = firstChoice(opening.offer, this.#config.floor);
    if (suite === undefined) return this.#retry(opening);
    try {
      this.#readMessage1(suite, opening);
    } catch (error) {
      const otherKey = suite.pattern === "IK" && SessionError.is(error, "handshake-failed");
      if (!otherKey) throw error;
      return this.#retry(opening);
    }
    return this.#answer(suite);
  }

  #retry(opening: Opening): HandshakeStep {
    const suite = retryChoice(opening.offer, this.#config.floor);
    if (suite === undefined) {
      throw new SessionError(
        "suite-not-acceptable",
        "The peer offers no handshake that this end accepts: compare the versions and the floors (hybrid or classic) of both.",
      );
    }
    const retry = encodeRetry({ version: protocolVersion, suite: suite.id });
    this.#phase = {
      kind: "second-offer",
      offerBytes: Uint8Array.from(opening.offerBytes),
      messageHash: messageHash(this.#provider.hash, opening.message),
      retry,
    };
    return { kind: "reply", frame: clearFrame(clearFrameType.retry, retry) };
  }

  #secondOffer(opening: Opening, first: Phase & { kind: "second-offer" }): HandshakeStep {
    checkAnswer(opening, first);
    const suite = retryChoice(opening.offer, this.#config.floor);
    if (suite === undefined)
      throw new SessionError("downgrade-refused", "The second offer leads to no suite.");
    this.#readMessage1(suite, opening);
    return this.#answer(suite);
  }

  #readMessage1(suite: Suite, opening: Opening): void {
    const noise = new HandshakeState({
      protocol: suiteProtocol(suite, this.#provider),
      role: "responder",
      prologue: opening.prologue,
      random: this.#random,
      s: this.#config.identity,
    });
    try {
      const payload = noise.readMessage(opening.message);
      if (suite.pattern === "IK") this.#peerLimits = decodeLimits(payload);
      else checkEmpty(payload);
    } catch (error) {
      noise.dispose();
      throw error;
    }
    this.#noise?.dispose();
    this.#noise = noise;
    this.#suite = suite;
  }

  #answer(suite: Suite): HandshakeStep {
    if (suite.pattern === "IK") return this.#decide();
    // May still fail, at a KEM key that is none: then another offer may come.
    const message = this.#noise!.writeMessage(encodeLimits(this.#config.limits));
    this.#phase = { kind: "message-3" };
    return { kind: "reply", frame: clearFrame(clearFrameType.handshake, message) };
  }

  #decide(): HandshakeStep {
    const peer = this.#noise!.remoteStatic!;
    checkPeer(this.#provider.dh, peer, this.#config.identity.publicKey, undefined);
    this.#phase = { kind: "decision" };
    return { kind: "authorize", peer };
  }

  authorized(): HandshakeStep {
    const noise = this.#noise!;
    if (noise.turn === "finished")
      return { kind: "done", result: finish(noise, this.#suite!, this.#peerLimits!, false) };
    const frame = clearFrame(clearFrameType.handshake, noise.writeMessage(encodeLimits(this.#config.limits)));
    return { kind: "done", frame, result: finish(noise, this.#suite!, this.#peerLimits!, true) };
  }

  dispose(): void {
    this.#noise?.dispose();
  }
}
