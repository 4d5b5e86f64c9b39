import type { Secret } from "../bytes/index.js";
import type { Instant } from "../ports/index.js";
import {
  FrameOpener,
  FrameSealer,
  GenerationOpener,
  GenerationSealer,
  type GenerationInspection,
  type OpenedFrame,
  type SealedFrameType,
} from "../record/index.js";
import type { DirectionChains } from "./direction-chains.js";
import type { PhaseRecords, RecordsScope } from "./phase-records.js";

/** The records of a session that has lived since its handshake, or since the generation that followed a restore. */
export class OrdinaryRecords implements PhaseRecords {
  readonly #scope: RecordsScope;
  readonly #first: number;
  readonly #opener: GenerationOpener;
  readonly #frameOpener: FrameOpener;
  /** The chain secret of this end's direction, until it begins to seal; then that of a generation that the peer has not confirmed. */
  #ownChain: Secret | undefined;
  #agreed: number;
  #sealer: GenerationSealer | undefined;
  #frameSealer: FrameSealer | undefined;

  /** `generation`: the first. Takes over the chains. */
  constructor(scope: RecordsScope, generation: number, { own, peer: chainSecret }: DirectionChains) {
    const { provider, sessionId, ordering, grace, renewals } = scope;
    this.#scope = scope;
    this.#first = generation;
    this.#agreed = generation;
    this.#ownChain = own;
    this.#opener = new GenerationOpener({ provider, chainSecret, generation, ordering, grace });
    this.#frameOpener = new FrameOpener({ opener: this.#opener, sessionId, ordering, renewals });
  }

  get sealing(): boolean {
    return this.#sealer !== undefined;
  }

  get openingGeneration(): number {
    return this.#opener.generation;
  }

  get sealingEpoch(): number | undefined {
    return this.#sealer?.epoch;
  }

  get openingEpoch(): number {
    return this.#opener.epoch;
  }

  get sealedRecords(): bigint {
    return this.#sealer?.sealed ?? 0n;
  }

  get openedRecords(): bigint {
    return this.#opener.opened;
  }

  get frameSealed(): boolean {
    return this.#sealer !== undefined && this.#sealer.sealed > this.#sealer.sealedBefore;
  }

  get bareSealed(): boolean {
    return this.#sealer?.bareUsed === true;
  }

  get nextExpiry(): number | undefined {
    return this.#opener.nextExpiry;
  }

  beginSealing(sealedBefore: bigint): void {
    const chainSecret = this.#ownChain;
    if (this.#sealer !== undefined || chainSecret === undefined) return;
    const { provider, sessionId, ordering, renewals } = this.#scope;
    this.#ownChain = undefined;
    this.#sealer = new GenerationSealer({ provider, chainSecret, generation: this.#first, sealedBefore });
    this.#frameSealer = new FrameSealer({ sealer: this.#sealer, sessionId, ordering, renewals });
  }

  stopSealing(): void {
    this.#sealer?.dispose();
    this.#ownChain?.dispose();
    this.#ownChain = undefined;
  }

  startAfter(opened: bigint): void {
    this.#opener.startAfter(opened);
  }

  sealFrame(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    this.beginSealing(0n);
    return this.#frameSealer!.seal(type, plaintext);
  }

  sealBare(plaintext: Uint8Array, output?: Uint8Array): Uint8Array {
    this.beginSealing(0n);
    return this.#sealer!.sealBare(plaintext, output);
  }

  openFrame(frame: Uint8Array, now: Instant): OpenedFrame {
    const opened = this.#frameOpener.open(frame, now);
    if (this.#sealer !== undefined && this.#opener.generation > this.#sealer.generation)
      this.#sealUnderAgreed();
    return opened;
  }

  openBare(record: Uint8Array, now: Instant, output?: Uint8Array): Uint8Array {
    return this.#opener.openBare(record, now, output);
  }

  rotate(): void {
    this.beginSealing(0n);
    this.#sealer!.rotate();
  }

  expect(generation: number, { own, peer }: DirectionChains, sealsAtOnce: boolean): void {
    this.#opener.expect(generation, peer);
    this.#ownChain?.dispose();
    this.#ownChain = own;
    this.#agreed = generation;
    if (sealsAtOnce) this.#sealUnderAgreed();
  }

  closeFrames(): void {
    this.#opener.closeFrames();
  }

  keep(most: number): number {
    return this.#opener.keep(most);
  }

  expire(now: Instant): void {
    this.#opener.expire(now);
  }

  inspect(): GenerationInspection {
    return this.#opener.inspect();
  }

  dispose(): void {
    this.#sealer?.dispose();
    this.#ownChain?.dispose();
    this.#opener.dispose();
  }

  #sealUnderAgreed(): void {
    const own = this.#ownChain;
    if (own === undefined) return;
    this.#sealer?.advance(this.#agreed, own);
    this.#ownChain = undefined;
  }
}
