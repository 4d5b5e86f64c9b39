import { toHex, type RandomSource, type Secret } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import type { Instant } from "../ports/index.js";
import {
  FrameOpener,
  FrameSealer,
  GenerationOpener,
  GenerationSealer,
  maxRotation,
  rotationOf,
  type OpenedFrame,
  type Ordering,
  type SealedFrameType,
} from "../record/index.js";
import { GenerationExchange, type AgreedGeneration } from "./generation-exchange.js";
import type { HandshakeResult } from "./handshake.js";
import {
  exportKey,
  firstRoot,
  renewalKey,
  sessionId,
  splitRoot,
  type GenerationSecrets,
  type Role,
} from "./key-schedule.js";
import type { Lifetime } from "./lifetime.js";
import type { PhaseInspection } from "./session-inspection.js";
import type { Suite } from "./suites.js";

/** What an established session is made with. */
export interface EstablishedConfig {
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** This end's role in the handshake that led here. */
  readonly role: Role;
  /** This end's role in the lineage's full handshake: it settles ties. */
  readonly lineageRole: Role;
  readonly ordering: Ordering;
  /** Milliseconds for which older keys still open records, where order is not kept. */
  readonly grace: number;
  /** How many renewals have led to this session. */
  readonly renewals: number;
  readonly lifetime: Lifetime;
}

/** The keys of one session of a lineage: seals, opens, exports, agrees on generations. It knows nothing of states and paths. */
export class EstablishedPhase {
  readonly id: Uint8Array;
  readonly peer: Uint8Array;
  readonly suite: Suite;
  readonly renewals: number;
  readonly lifetime: Lifetime;
  readonly exchange: GenerationExchange;
  readonly #config: EstablishedConfig;
  readonly #exporter: Secret;
  /** Of the newest generation, until `takeResumption`. */
  #resumption: Secret | undefined;
  readonly #opener: GenerationOpener;
  readonly #frameOpener: FrameOpener;
  /** The chain secret of this end's direction, until it begins to seal; then that of a generation that the peer has not confirmed. */
  #ownChain: Secret | undefined;
  #sealer: GenerationSealer | undefined;
  #frameSealer: FrameSealer | undefined;
  #proven = false;

  /** Takes over and erases the result's chaining key. */
  constructor(config: EstablishedConfig, result: HandshakeResult) {
    const { provider, random, ordering, grace, renewals, lifetime, lineageRole } = config;
    this.#config = config;
    this.id = sessionId(provider, result.handshakeHash);
    this.peer = result.peer;
    this.suite = result.suite;
    this.renewals = renewals;
    this.lifetime = lifetime;
    const root = firstRoot(provider, result.chainingKey, result.handshakeHash);
    result.chainingKey.dispose();
    const secrets = splitRoot(provider, root, this.id, 0);
    const { own, peer } = this.#directions(secrets);
    this.#exporter = secrets.exporter;
    this.#resumption = secrets.resumption;
    this.#ownChain = own;
    this.#opener = new GenerationOpener({ provider, chainSecret: peer, generation: 0, ordering, grace });
    this.#frameOpener = new FrameOpener({ opener: this.#opener, sessionId: this.id, ordering, renewals });
    const { hybrid } = result.suite;
    const context = { provider, random, hybrid, sessionId: this.id, winsTies: lineageRole === "initiator" };
    this.exchange = new GenerationExchange(context, secrets.nextRoot);
  }

  /** Whether this end seals under this session. */
  get sealing(): boolean {
    return this.#sealer !== undefined;
  }

  /** Whether a frame of the peer has opened under the newest generation that is agreed: no exchange is half done. */
  get proven(): boolean {
    return this.#proven && this.#opener.generation === this.exchange.generation;
  }

  /** Whether a frame of the peer has opened under this session at all. */
  get opened(): boolean {
    return this.#proven;
  }

  /** Begins to seal. `sealedBefore`: frames that this end has sealed in earlier sessions of the lineage. */
  beginSealing(sealedBefore: bigint): void {
    const chainSecret = this.#ownChain;
    if (this.#sealer !== undefined || chainSecret === undefined) return;
    const { provider, ordering, renewals } = this.#config;
    this.#ownChain = undefined;
    this.#sealer = new GenerationSealer({ provider, chainSecret, generation: 0, sealedBefore });
    this.#frameSealer = new FrameSealer({ sealer: this.#sealer, sessionId: this.id, ordering, renewals });
  }

  /** Erases what this end seals with: it goes on under another session. */
  stopSealing(): void {
    this.#sealer?.dispose();
    this.#ownChain?.dispose();
    this.#ownChain = undefined;
  }

  /** Erases everything but what opens records that are still on their way: where order is kept, bare ones. */
  retire(): void {
    if (this.#config.ordering === "in-order") this.#opener.closeFrames();
    this.stopSealing();
    this.#resumption?.dispose();
    this.#exporter.dispose();
    this.exchange.dispose();
  }

  /** So many frames were opened in earlier sessions of the lineage. Called before the first frame opens. */
  startOpeningAfter(opened: bigint): void {
    if (!this.#proven) this.#opener.startAfter(opened);
  }

  /** Frames that this end has sealed, in this session and those before it. */
  get sealedRecords(): bigint {
    return this.#sealer?.sealed ?? 0n;
  }

  /** Frames that this end has opened, in this session and those before it. In order only. */
  get openedRecords(): bigint {
    return this.#opener.opened;
  }

  get sealingEpoch(): number {
    return this.#sealer?.epoch ?? 0;
  }

  get openingEpoch(): number {
    return this.#opener.epoch;
  }

  sealFrame(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    this.beginSealing(0n);
    return this.#frameSealer!.seal(type, plaintext);
  }

  /** Seals a bare record. */
  sealRecord(plaintext: Uint8Array): Uint8Array {
    this.beginSealing(0n);
    return this.#sealer!.sealBare(plaintext);
  }

  openFrame(frame: Uint8Array, now: Instant): OpenedFrame {
    const opened = this.#frameOpener.open(frame, now);
    this.#follow();
    return opened;
  }

  /** Opens a bare record. It proves nothing about the peer's keys. */
  openRecord(record: Uint8Array, now: Instant): Uint8Array {
    return this.#opener.openBare(record, now);
  }

  rotate(): void {
    this.beginSealing(0n);
    this.#sealer!.rotate();
  }

  /**
   * Takes in a generation that both ends can derive. The proposer seals under it at once; the other end after it has opened a
   * record under it.
   */
  agreed({ generation, root }: AgreedGeneration, proposer: boolean): void {
    const secrets = splitRoot(this.#config.provider, root, this.id, generation);
    const { own, peer } = this.#directions(secrets);
    secrets.exporter.dispose();
    this.#resumption?.dispose();
    this.#resumption = secrets.resumption;
    this.exchange.settle(secrets.nextRoot);
    this.#opener.expect(generation, peer);
    this.#ownChain?.dispose();
    this.#ownChain = own;
    if (proposer) this.#sealUnderAgreed();
  }

  /** The resumption secret of the newest generation, once: it is the caller's from then on. */
  takeResumption(): Secret | undefined {
    const secret = this.#resumption;
    this.#resumption = undefined;
    return secret;
  }

  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return exportKey(this.#config.provider, this.#exporter, label, context, length);
  }

  /** What a renewal hangs on: 32 bytes, the caller's. No application can export it. */
  exportRenewalKey(): Secret {
    return renewalKey(this.#config.provider, this.#exporter);
  }

  /** Whether there is no rotation after the present one: a generation is needed. */
  get lastRotation(): boolean {
    return rotationOf(this.sealingEpoch) === maxRotation;
  }

  /** Whether a frame has been sealed in the present epoch: the peer learns of it by that. */
  get frameSealed(): boolean {
    return this.#sealer !== undefined && this.#sealer.sealed > this.#sealer.sealedBefore;
  }

  /** A number that tells the keys apart under which a lineage seals. */
  get sealingKey(): number {
    return this.renewals * 0x1_0000_0000 + this.sealingEpoch;
  }

  /** Whether anything has been sealed in the present epoch. */
  get keyUsed(): boolean {
    return this.frameSealed || this.#sealer?.bareUsed === true;
  }

  /** Erases the oldest epochs until at most `most` (1 or more) are kept for opening; the result is how many are. */
  keepEpochs(most: number): number {
    return this.#opener.keep(most);
  }

  /** When, in milliseconds of the monotonic clock, `expire` has something to erase. */
  get nextExpiry(): number | undefined {
    return this.#opener.nextExpiry;
  }

  /** Erases the keys whose grace is over. */
  expire(now: Instant): void {
    this.#opener.expire(now);
  }

  inspect(): PhaseInspection {
    return {
      id: toHex(this.id),
      renewals: this.renewals,
      generation: this.exchange.generation,
      sealingEpoch: this.#sealer?.epoch,
      opening: this.#opener.inspect(),
      opened: this.#proven,
      generations: this.exchange.inspect(),
      sealedRecords: this.sealedRecords,
      openedRecords: this.openedRecords,
    };
  }

  dispose(): void {
    this.#sealer?.dispose();
    this.#ownChain?.dispose();
    this.#opener.dispose();
    this.#resumption?.dispose();
    this.#exporter.dispose();
    this.exchange.dispose();
  }

  /** A frame has opened: where it is the first of a generation, this end seals under it too. */
  #follow(): void {
    this.#proven = true;
    if (this.#sealer !== undefined && this.#opener.generation > this.#sealer.generation)
      this.#sealUnderAgreed();
  }

  #sealUnderAgreed(): void {
    const own = this.#ownChain;
    if (own === undefined) return;
    this.#sealer?.advance(this.exchange.generation, own);
    this.#ownChain = undefined;
  }

  #directions({ initiatorChain, responderChain }: GenerationSecrets): {
    readonly own: Secret;
    readonly peer: Secret;
  } {
    return this.#config.role === "initiator"
      ? { own: initiatorChain, peer: responderChain }
      : { own: responderChain, peer: initiatorChain };
  }
}
