import {
  concat,
  equalConstantTime,
  Reader,
  utf8,
  Writer,
  type RandomSource,
  type Secret,
} from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { HandshakeState } from "../noise/index.js";
import type { HandshakeResult } from "./handshake.js";
import { finish } from "./handshake-result.js";
import type { Role } from "./key-schedule.js";
import { stricterLimits, type SessionLimits } from "./limits.js";
import { messageName, type LineageInspection } from "./session-inspection.js";
import { renewalProtocol, type Suite } from "./suites.js";
import { encodedTermsLength, encodeTerms, readTerms, type Terms } from "./terms.js";

const prologueLabel = utf8("bowline/renewal/v1");
const roleBytes = { initiator: 1, responder: 2 } as const satisfies Record<Role, number>;
const sessionIdLength = 32;
const headerLength = sessionIdLength + 1 + encodedTermsLength;

/** What a renewal starts from. */
export interface RenewalContext {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly identity: DhKeyPair;
  readonly peer: Uint8Array;
  readonly suite: Suite;
  /** Of the session that is renewed. */
  readonly sessionId: Uint8Array;
  /** This end's role in the lineage's full handshake: the initiator's proposal stands when both propose. */
  readonly lineageRole: Role;
  /** What this end asks for. */
  readonly limits: SessionLimits;
  /** Exported from the session that is renewed: 32 bytes, new for each call, disposed by the exchange. */
  readonly preSharedKey: () => Secret;
}

/** A session that both ends can now set up. */
export interface RenewedSession {
  /** This end's role in the renewal's handshake. */
  readonly role: Role;
  readonly result: HandshakeResult;
  readonly limits: SessionLimits;
  /** Milliseconds that the peer leaves to the lineage. */
  readonly lineageLeft: number;
}

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "proposed"; readonly body: Uint8Array; readonly noise: HandshakeState }
  /** Message 1 has been read; the policy decides. */
  | {
      readonly kind: "asked";
      readonly body: Uint8Array;
      readonly noise: HandshakeState;
      readonly terms: Terms;
    }
  /** Message 2 has been read; the policy decides. */
  | { readonly kind: "answered"; readonly renewed: RenewedSession }
  /** This end has answered: the same proposal gets the same answer. */
  | { readonly kind: "done"; readonly proposal?: Uint8Array; readonly answer?: Uint8Array };

/** A new session inside an old one, sans-I/O: KKhfs+psk0 in bodies of renewal frames. @see PROTOCOL, section 15 */
export class RenewalExchange {
  readonly #context: RenewalContext;
  #phase: Phase = { kind: "idle" };

  constructor(context: RenewalContext) {
    this.#context = context;
  }

  /** The proposal that is out and unanswered, to be repeated as it is. */
  get proposal(): Uint8Array | undefined {
    return this.#phase.kind === "proposed" ? this.#phase.body : undefined;
  }

  /** Whether the policy has to decide: `accept` or nothing comes next. */
  get awaitsDecision(): boolean {
    return this.#phase.kind === "asked" || this.#phase.kind === "answered";
  }

  get idle(): boolean {
    return this.#phase.kind === "idle";
  }

  /** The body of a proposal. `lineageLeft`: milliseconds. */
  propose(lineageLeft: number): Uint8Array {
    if (this.#phase.kind === "proposed") return this.#phase.body;
    const { sessionId, lineageRole, limits } = this.#context;
    const header = new Writer()
      .bytes(sessionId)
      .u8(roleBytes[lineageRole])
      .bytes(encodeTerms({ limits, lineageLeft }))
      .finish();
    const noise = this.#begin("initiator", header);
    const body = concat(header, noise.writeMessage(new Uint8Array(0)));
    this.#phase = { kind: "proposed", body, noise };
    return body;
  }

  /**
   * Reads a proposal. `ask`: the policy has to decide, `accept` or nothing comes next. `answer`: it is a repeated one. `ignored`: this
   * end's own proposal stands, or the policy is deciding already.
   *
   * @throws frame-malformed, frame-unexpected, handshake-failed; nothing has changed then
   */
  receiveProposal(
    body: Uint8Array,
  ): { readonly kind: "ask" | "ignored" } | { readonly kind: "answer"; readonly answer: Uint8Array } {
    const phase = this.#phase;
    if (phase.kind === "done" && phase.proposal !== undefined && phase.answer !== undefined) {
      if (equalConstantTime(body, phase.proposal)) return { kind: "answer", answer: phase.answer };
      throw new SessionError("frame-unexpected", "The session has been renewed; the peer proposes it anew.");
    }
    const { sessionId, lineageRole } = this.#context;
    if (phase.kind === "done" || phase.kind === "asked" || phase.kind === "answered")
      return { kind: "ignored" };
    if (phase.kind === "proposed" && lineageRole === "initiator") return { kind: "ignored" };

    const reader = new Reader(body, "frame-malformed", "proposal of a renewal");
    const header = reader.bytes(headerLength);
    const message = reader.rest();
    const fields = new Reader(header, "frame-malformed", "proposal of a renewal");
    const ofThisSession = equalConstantTime(fields.bytes(sessionIdLength), sessionId);
    const proposer = lineageRole === "initiator" ? "responder" : "initiator";
    if (!ofThisSession || fields.u8() !== roleBytes[proposer]) {
      fields.fail("names another session, or this end as its proposer");
    }
    const terms = decodeTerms(fields);
    const noise = this.#begin("responder", header);
    try {
      if (noise.readMessage(message).length !== 0) fields.fail("carries a payload where there is none");
    } catch (error) {
      noise.dispose();
      throw error;
    }
    this.#drop();
    this.#phase = { kind: "asked", body: Uint8Array.from(body), noise, terms };
    return { kind: "ask" };
  }

  /** Takes the answer to this end's proposal: true where the policy has to decide; false where no proposal is out. @throws handshake-failed, frame-malformed */
  receiveAnswer(body: Uint8Array): boolean {
    const phase = this.#phase;
    if (phase.kind !== "proposed") return false;
    const answer: { terms?: Terms } = {};
    phase.noise.readMessage(body, payload => {
      answer.terms = decodeTerms(new Reader(payload, "frame-malformed", "answer about a renewal"));
    });
    const terms = answer.terms!;
    const result = finish(phase.noise, this.#context.suite, terms.limits, false);
    this.#phase = { kind: "answered", renewed: this.#renewed("initiator", result, terms) };
    return true;
  }

  /**
   * Goes on after the policy has accepted: the answer's body for a proposal that was read, and the new session.
   * `lineageLeft`: milliseconds. Undefined where nothing waits for the policy.
   *
   * @throws handshake-failed where the proposal's KEM key is none; the proposal is forgotten then
   */
  accept(
    lineageLeft: number,
  ): { readonly answer?: Uint8Array; readonly renewed: RenewedSession } | undefined {
    const phase = this.#phase;
    if (phase.kind === "answered") {
      this.#phase = { kind: "done" };
      return { renewed: phase.renewed };
    }
    if (phase.kind !== "asked") return undefined;
    const answer = this.#answer(phase.noise, lineageLeft);
    const result = finish(phase.noise, this.#context.suite, phase.terms.limits, true);
    this.#phase = { kind: "done", proposal: phase.body, answer };
    return { answer, renewed: this.#renewed("responder", result, phase.terms) };
  }

  #answer(noise: HandshakeState, lineageLeft: number): Uint8Array {
    try {
      return noise.writeMessage(encodeTerms({ limits: this.#context.limits, lineageLeft }));
    } catch (error) {
      this.#drop();
      this.#phase = { kind: "idle" };
      throw error;
    }
  }

  inspect(): LineageInspection["renewal"] {
    const phase = this.#phase;
    const kind = { phase: phase.kind };
    if (phase.kind === "proposed") return { ...kind, proposal: messageName(phase.body) };
    if (phase.kind !== "done" || phase.proposal === undefined || phase.answer === undefined) return kind;
    return {
      ...kind,
      answered: { proposal: messageName(phase.proposal), answer: messageName(phase.answer) },
    };
  }

  dispose(): void {
    this.#drop();
    this.#phase = { kind: "done" };
  }

  #renewed(role: Role, result: HandshakeResult, terms: Terms): RenewedSession {
    const limits = stricterLimits(this.#context.limits, terms.limits);
    return { role, result, limits, lineageLeft: terms.lineageLeft };
  }

  #begin(role: Role, header: Uint8Array): HandshakeState {
    const { provider, random, identity, peer, suite, preSharedKey } = this.#context;
    const psk = preSharedKey();
    try {
      return new HandshakeState({
        protocol: renewalProtocol(suite, provider),
        role,
        prologue: concat(prologueLabel, header),
        random,
        s: identity,
        rs: peer,
        psks: [psk],
      });
    } finally {
      psk.dispose();
    }
  }

  #drop(): void {
    const phase = this.#phase;
    if (phase.kind === "proposed" || phase.kind === "asked") phase.noise.dispose();
    if (phase.kind === "answered") phase.renewed.result.chainingKey.dispose();
  }
}

function decodeTerms(reader: Reader): Terms {
  const terms = readTerms(reader);
  reader.end();
  return terms;
}
