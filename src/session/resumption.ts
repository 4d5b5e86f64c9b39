import { copySecret, type RandomSource, type Secret } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { HandshakeState, type Role } from "../noise/index.js";
import type { Instant } from "../ports/index.js";
import type { HandshakeConfig, HandshakeResult, ResumedLineage } from "./handshake.js";
import { finish } from "./handshake-result.js";
import { meets, type SuiteFloor } from "./negotiation.js";
import {
  decodeResumptionTerms,
  encodeResumptionTerms,
  type ResumptionHead,
  type ResumptionTerms,
} from "./resumption-frame.js";
import { resumptionKey } from "./resumption-secret.js";
import { lineageLeftAt, sessionsOf, type ResumptionState } from "./resumption-state.js";
import { renewalProtocol, suites } from "./suites.js";

/** Whether this end may go on with what it has kept: its suite is not below the floor, and something of the lineage is left. */
export function mayResume(state: ResumptionState, floor: SuiteFloor, now: Instant): boolean {
  return meets(suites[state.suite], floor) && lineageLeftAt(state, now) >= 1;
}

/** The Noise handshake of one resumption, at either end: KKpsk0, in hybrid lineages KKhfs+psk0. @see PROTOCOL, section 18.3 */
export class Resumption {
  readonly #config: HandshakeConfig;
  readonly #state: Omit<ResumptionState, "secrets">;
  readonly #secret: Secret;
  readonly #noise: HandshakeState;
  #peerTerms: ResumptionTerms | undefined;

  /** Copies `secret`, one of the state's. */
  constructor(
    provider: CryptoProvider,
    random: RandomSource,
    config: HandshakeConfig,
    role: Role,
    state: ResumptionState,
    secret: Secret,
    { nonce, prologue }: Pick<ResumptionHead, "nonce"> & { readonly prologue: Uint8Array },
  ) {
    const { secrets: _secrets, ...kept } = state;
    this.#config = config;
    this.#state = kept;
    const psk = resumptionKey(provider, secret, nonce, state.lineage);
    try {
      this.#noise = new HandshakeState({
        protocol: renewalProtocol(suites[state.suite], provider),
        role,
        prologue,
        random,
        s: config.identity,
        rs: state.peer,
        psks: [psk],
      });
    } finally {
      psk.dispose();
    }
    this.#secret = copySecret(secret);
  }

  /** The next message, with what this end says of the lineage. @throws handshake-failed where the peer's keys are of no use */
  write(now: Instant): Uint8Array {
    const { totals } = this.#state;
    const terms = { limits: this.#config.limits, lineageLeft: lineageLeftAt(this.#state, now) };
    const counts = { sessions: sessionsOf(totals), received: totals.received.messages };
    return this.#noise.writeMessage(encodeResumptionTerms({ ...terms, ...counts }));
  }

  /** @throws handshake-failed, frame-malformed; nothing has changed then */
  read(message: Uint8Array): void {
    this.#noise.readMessage(message, payload => (this.#peerTerms = decodeResumptionTerms(payload)));
  }

  /** What the finished handshake gives the session. */
  result(wroteLast: boolean): HandshakeResult {
    const { lineage, session, role, totals, lineageLeft, at } = this.#state;
    const { limits, ...peerTerms } = this.#peerTerms!;
    const own = { lineage, session, role, totals, lineageLeft, at };
    const resumed: ResumedLineage = { ...own, peerTerms, secret: copySecret(this.#secret) };
    this.#secret.dispose();
    return { ...finish(this.#noise, suites[this.#state.suite], limits, wroteLast), resumed };
  }

  dispose(): void {
    this.#secret.dispose();
    this.#noise.dispose();
  }
}

/** Why a peer that asks for it gets no resumption, or this end none from its peer: the full handshake remains. */
export function resumptionRefused(why: string): SessionError<"resumption-refused"> {
  return new SessionError("resumption-refused", `${why}: connect again, with a full handshake.`);
}
