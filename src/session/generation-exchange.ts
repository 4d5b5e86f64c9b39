import { concat, equalConstantTime, Reader, Secret, Writer, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider, DhKeyPair, KemKeyPair } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { nextGenerationRoot } from "./key-schedule.js";
import { messageName, type ExchangeInspection } from "./session-inspection.js";

/** The last generation: after it only a renewal leads on. */
export const maxGeneration = 0xffff;

/** What an exchange belongs to. */
export interface GenerationContext {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** Whether the suite has a KEM. */
  readonly hybrid: boolean;
  readonly sessionId: Uint8Array;
  /** Whether this end's proposal stands when both propose: it was the initiator of the lineage's full handshake. */
  readonly winsTies: boolean;
}

/** A generation that both ends can now derive. The receiver splits `root` and gives the next one's root to `settle`. */
export interface AgreedGeneration {
  readonly generation: number;
  readonly root: Secret;
}

interface Proposed {
  readonly body: Uint8Array;
  readonly e: DhKeyPair;
  readonly kem: KemKeyPair | undefined;
}

/** Fresh X25519 and ML-KEM for the next generation, sans-I/O: bodies of control frames in and out. @see PROTOCOL, section 14 */
export class GenerationExchange {
  readonly #context: GenerationContext;
  #generation: number;
  #nextRoot: Secret;
  #proposed: Proposed | undefined;
  #answered: { readonly proposal: Uint8Array; readonly answer: Uint8Array } | undefined;

  /** Takes over `nextRoot` (32 bytes), that of `generation`. */
  constructor(context: GenerationContext, nextRoot: Secret, generation = 0) {
    this.#context = context;
    this.#generation = generation;
    this.#nextRoot = nextRoot;
  }

  /** The newest generation that is agreed. */
  get generation(): number {
    return this.#generation;
  }

  /** The proposal that is out and unanswered, to be repeated as it is. */
  get proposal(): Uint8Array | undefined {
    return this.#proposed?.body;
  }

  /** The body of a proposal for the next generation. @throws rotation-exhausted after generation 65535 */
  propose(): Uint8Array {
    if (this.#proposed !== undefined) return this.#proposed.body;
    if (this.#generation === maxGeneration) {
      throw new SessionError(
        "rotation-exhausted",
        `Generation ${maxGeneration} is the last of a session: renew it.`,
      );
    }
    const { provider, random, hybrid } = this.#context;
    const e = provider.dh.generateKeyPair(random);
    const kem = hybrid ? provider.kem.generateKeyPair(random) : undefined;
    const writer = new Writer().u16(this.#generation + 1).bytes(e.publicKey);
    const body = (kem === undefined ? writer : writer.bytes(kem.publicKey)).finish();
    this.#proposed = { body, e, kem };
    return body;
  }

  /**
   * Answers a proposal. The same proposal gets the same answer; `agreed` comes with the first. Undefined where this end's own
   * proposal stands, the proposal is of a generation gone by, or the present generation is not `settled`: no record has opened under it.
   *
   * @throws frame-malformed, frame-unexpected, public-key-malformed, public-key-not-canonical, public-key-low-order,
   * kem-public-key-invalid; nothing has changed then
   */
  receiveProposal(
    body: Uint8Array,
    settled = true,
  ): { readonly answer: Uint8Array; readonly agreed?: AgreedGeneration } | undefined {
    const { provider, random, hybrid, winsTies } = this.#context;
    const reader = new Reader(body, "frame-malformed", "proposal of a generation");
    const generation = reader.u16();
    const re = reader.bytes(provider.dh.length);
    const kemKey = hybrid ? reader.bytes(provider.kem.publicKeyLength) : undefined;
    reader.end();
    if (generation === this.#generation && this.#answered !== undefined) {
      if (equalConstantTime(body, this.#answered.proposal)) return { answer: this.#answered.answer };
      throw new SessionError(
        "frame-unexpected",
        `Generation ${generation} has been agreed; the peer proposes it anew.`,
      );
    }
    if (generation <= this.#generation) return undefined;
    if (generation !== this.#generation + 1) {
      throw new SessionError(
        "frame-unexpected",
        `The peer proposes generation ${generation}; the present one is ${this.#generation}.`,
      );
    }
    if (!settled || (this.#proposed !== undefined && winsTies)) return undefined;

    const e = provider.dh.generateKeyPair(random);
    try {
      const shared = provider.dh.sharedSecret(e, re);
      const kem = kemKey === undefined ? undefined : this.#encapsulate(kemKey, shared);
      const writer = new Writer().u16(generation).bytes(e.publicKey);
      const answer = (kem === undefined ? writer : writer.bytes(kem.ciphertext)).finish();
      const root = this.#derive(generation, shared, kem?.sharedSecret, body, answer);
      this.#drop();
      this.#generation = generation;
      this.#answered = { proposal: Uint8Array.from(body), answer };
      return { answer, agreed: { generation, root } };
    } finally {
      e.dispose();
    }
  }

  /**
   * Takes the answer to this end's proposal; undefined where none is out: the answer is a repeated one, or this end gave way.
   *
   * @throws as `receiveProposal`, kem-ciphertext-invalid; nothing has changed then
   */
  receiveAnswer(body: Uint8Array): AgreedGeneration | undefined {
    const { provider, hybrid } = this.#context;
    const reader = new Reader(body, "frame-malformed", "answer about a generation");
    const generation = reader.u16();
    const re = reader.bytes(provider.dh.length);
    const ciphertext = hybrid ? reader.bytes(provider.kem.ciphertextLength) : undefined;
    reader.end();
    const proposed = this.#proposed;
    if (proposed === undefined || generation !== this.#generation + 1) return undefined;

    const shared = provider.dh.sharedSecret(proposed.e, re);
    const kemSecret =
      proposed.kem === undefined || ciphertext === undefined
        ? undefined
        : provider.kem.decapsulate(proposed.kem, ciphertext);
    const root = this.#derive(generation, shared, kemSecret, proposed.body, body);
    this.#drop();
    this.#generation = generation;
    this.#answered = undefined;
    return { generation, root };
  }

  /** Gives the root of the generation after the agreed one (32 bytes, taken over); the one before it is erased. */
  settle(nextRoot: Secret): void {
    this.#nextRoot.dispose();
    this.#nextRoot = nextRoot;
  }

  inspect(): ExchangeInspection {
    const [proposed, answered] = [this.#proposed, this.#answered];
    return {
      ...(proposed !== undefined && { proposal: messageName(proposed.body) }),
      ...(answered !== undefined && {
        answered: { proposal: messageName(answered.proposal), answer: messageName(answered.answer) },
      }),
    };
  }

  dispose(): void {
    this.#drop();
    this.#nextRoot.dispose();
  }

  /** Erases `shared` where the key is refused. */
  #encapsulate(kemKey: Uint8Array, shared: Secret): ReturnType<CryptoProvider["kem"]["encapsulate"]> {
    const { provider, random } = this.#context;
    try {
      return provider.kem.encapsulate(kemKey, random);
    } catch (error) {
      shared.dispose();
      throw error;
    }
  }

  /** Erases `shared` and `kemSecret`. */
  #derive(
    generation: number,
    shared: Secret,
    kemSecret: Secret | undefined,
    proposal: Uint8Array,
    answer: Uint8Array,
  ): Secret {
    const { provider, sessionId } = this.#context;
    const fresh = Secret.take(concat(shared.expose(), kemSecret?.expose() ?? new Uint8Array(0)));
    shared.dispose();
    kemSecret?.dispose();
    const transcript = provider.hash.hash(proposal, answer);
    const root = nextGenerationRoot(provider, this.#nextRoot, fresh, transcript, sessionId, generation);
    fresh.dispose();
    return root;
  }

  #drop(): void {
    this.#proposed?.e.dispose();
    this.#proposed?.kem?.dispose();
    this.#proposed = undefined;
  }
}
