import { concat, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { HandshakeState } from "../noise/index.js";
import { clearFrame, clearFrameType } from "../record/index.js";
import { readClearFrame } from "./clear-frame.js";
import type { Handshake, HandshakeConfig, HandshakeResult, HandshakeStep } from "./handshake.js";
import { finish } from "./handshake-result.js";
import { decodeLimits, encodeLimits, type SessionLimits } from "./limits.js";
import { checkRetry, offeredSuites } from "./negotiation.js";
import {
  decodeRetry,
  encodeOffer,
  endpointRole,
  firstHead,
  messageHash,
  protocolVersion,
  secondHead,
  type Offer,
} from "./offer.js";
import { checkPeer } from "./peer-check.js";
import { suiteProtocol, type Suite } from "./suites.js";

/** What the initiator knows besides. */
export interface InitiatorConfig extends HandshakeConfig {
  /** The peer's static public key, 32 bytes, where it is known: then no other is accepted. */
  readonly peer?: Uint8Array;
  /** Which kind of suite the first message is in. Only with a classic floor is there a choice. */
  readonly prefer: "hybrid" | "classic";
}

const nothing = new Uint8Array(0);

/** The initiator's side: offer, at most one retry, and the Noise handshake. @see PROTOCOL, section 4 */
export class InitiatorHandshake implements Handshake {
  readonly #provider: CryptoProvider;
  readonly #random: RandomSource;
  readonly #config: InitiatorConfig;
  readonly #offer: Offer;
  readonly #offerBytes: Uint8Array;
  #suite: Suite;
  #noise: HandshakeState;
  /** Set while a retry is still allowed. */
  #firstMessage: Uint8Array | undefined;
  #awaitingDecision = false;
  #peerLimits: SessionLimits | undefined;

  /** The frame that opens the session: send it first. */
  readonly firstFrame: Uint8Array;

  constructor(provider: CryptoProvider, random: RandomSource, config: InitiatorConfig) {
    if (config.peer !== undefined) checkPeer(provider.dh, config.peer, config.identity.publicKey, undefined);
    this.#provider = provider;
    this.#random = random;
    this.#config = config;
    const offered = offeredSuites(config.peer !== undefined, config.floor, config.prefer);
    this.#offer = {
      versions: [protocolVersion],
      roles: [endpointRole, endpointRole],
      suites: offered.map(suite => suite.id),
    };
    this.#offerBytes = encodeOffer(this.#offer);
    this.#suite = offered[0]!;
    const { head, prologue } = firstHead(this.#offerBytes);
    this.#noise = this.#begin(prologue);
    this.#firstMessage = this.#noise.writeMessage(this.#firstPayload());
    this.firstFrame = clearFrame(clearFrameType.offer, concat(head, this.#firstMessage));
  }

  #begin(prologue: Uint8Array): HandshakeState {
    const { identity, peer } = this.#config;
    const base = {
      protocol: suiteProtocol(this.#suite, this.#provider),
      role: "initiator",
      prologue,
      random: this.#random,
      s: identity,
    } as const;
    return new HandshakeState(
      this.#suite.pattern === "IK" && peer !== undefined ? { ...base, rs: peer } : base,
    );
  }

  read(frame: Uint8Array): HandshakeStep {
    if (this.#awaitingDecision)
      throw new SessionError("frame-unexpected", "The peer speaks before this end has answered it.");
    const expected =
      this.#firstMessage === undefined
        ? [clearFrameType.handshake]
        : [clearFrameType.handshake, clearFrameType.retry];
    const { type, body } = readClearFrame(frame, expected);
    return type === clearFrameType.retry ? this.#retry(body) : this.#message2(body);
  }

  #retry(body: Uint8Array): HandshakeStep {
    const suite = checkRetry(decodeRetry(body), this.#offer, this.#config.floor);
    const hash = messageHash(this.#provider.hash, this.#firstMessage!);
    this.#firstMessage = undefined;
    this.#noise.dispose();
    this.#suite = suite;
    const { head, prologue } = secondHead(this.#offerBytes, hash, body);
    this.#noise = this.#begin(prologue);
    return {
      kind: "reply",
      frame: clearFrame(
        clearFrameType.secondOffer,
        concat(head, this.#noise.writeMessage(this.#firstPayload())),
      ),
    };
  }

  #message2(body: Uint8Array): HandshakeStep {
    // Anybody can answer a message 1 in clear: a payload that is none must not use the handshake up.
    this.#noise.readMessage(body, payload => (this.#peerLimits = decodeLimits(payload)));
    this.#firstMessage = undefined;
    const peer = this.#noise.remoteStatic!;
    checkPeer(this.#provider.dh, peer, this.#config.identity.publicKey, this.#config.peer);
    if (this.#noise.turn === "finished") return { kind: "done", result: this.#result(false) };
    this.#awaitingDecision = true;
    return { kind: "authorize", peer };
  }

  authorized(): HandshakeStep {
    this.#awaitingDecision = false;
    const message = this.#noise.writeMessage(encodeLimits(this.#config.limits));
    return { kind: "done", frame: clearFrame(clearFrameType.handshake, message), result: this.#result(true) };
  }

  /** Message 1 of IK is encrypted, to a key that is not ephemeral; that of XX is not. */
  #firstPayload(): Uint8Array {
    return this.#suite.pattern === "IK" ? encodeLimits(this.#config.limits) : nothing;
  }

  #result(wroteLast: boolean): HandshakeResult {
    return finish(this.#noise, this.#suite, this.#peerLimits!, wroteLast);
  }

  dispose(): void {
    this.#noise.dispose();
  }
}
