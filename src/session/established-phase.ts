import { copySecret, type RandomSource, type Secret, toHex } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import type { Instant } from "../ports/index.js";
import {
  maxRotation,
  rotationOf,
  type OpenedFrame,
  type Ordering,
  type SealedFrameType,
} from "../record/index.js";
import { chainsOf } from "./direction-chains.js";
import { GenerationExchange, type AgreedGeneration } from "./generation-exchange.js";
import type { KeptGenerations } from "./kept-generations.js";
import { exportKey, renewalKey, restoreSecrets, splitRoot, type Role } from "./key-schedule.js";
import type { Lifetime } from "./lifetime.js";
import type { PhaseRecords } from "./phase-records.js";
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
  /** Whether what the session can be restored from is kept. */
  readonly restorable: boolean;
}

/** The keys that a session begins with, at the first generation that this end has of it. */
export interface PhaseKeys {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly peer: Uint8Array;
  readonly suite: Suite;
  readonly generation: number;
  readonly exporter: Secret;
  readonly nextRoot: Secret;
  readonly resumption: Secret | undefined;
  readonly records: PhaseRecords;
  /** What the session can be restored from, where that is kept. */
  readonly kept: KeptGenerations | undefined;
}

/** The keys of one session of a lineage: seals, opens, exports, agrees on generations. It knows nothing of states and paths. */
export class EstablishedPhase {
  readonly id: Uint8Array;
  readonly peer: Uint8Array;
  readonly suite: Suite;
  readonly renewals: number;
  readonly lifetime: Lifetime;
  readonly exchange: GenerationExchange;
  readonly records: PhaseRecords;
  /** This end's in the handshake that led here. */
  readonly role: Role;
  /** What the session can be restored from, where that is kept. */
  readonly kept: KeptGenerations | undefined;
  readonly #config: EstablishedConfig;
  readonly #exporter: Secret;
  /** Of the newest generation, until `takeResumption`. */
  #resumption: Secret | undefined;
  #proven = false;

  /** Takes over the secrets. */
  constructor(config: EstablishedConfig, keys: PhaseKeys) {
    const { provider, random, renewals, lifetime, lineageRole } = config;
    this.#config = config;
    this.role = config.role;
    this.id = keys.id;
    this.peer = keys.peer;
    this.suite = keys.suite;
    this.renewals = renewals;
    this.lifetime = lifetime;
    this.records = keys.records;
    this.kept = keys.kept;
    this.#exporter = keys.exporter;
    this.#resumption = keys.resumption;
    const { hybrid } = keys.suite;
    const context = { provider, random, hybrid, sessionId: this.id, winsTies: lineageRole === "initiator" };
    this.exchange = new GenerationExchange(context, keys.nextRoot, keys.generation);
  }

  /** Whether this end seals under this session. */
  get sealing(): boolean {
    return this.records.sealing;
  }

  /** Whether a frame of the peer has opened under the newest generation that is agreed: no exchange is half done. */
  get proven(): boolean {
    return this.#proven && this.records.openingGeneration === this.exchange.generation;
  }

  /** Whether a frame of the peer has opened under this session at all. */
  get opened(): boolean {
    return this.#proven;
  }

  /** Erases everything but what opens records that are still on their way: where order is kept, bare ones. */
  retire(): void {
    if (this.#config.ordering === "in-order") this.records.closeFrames();
    this.records.stopSealing();
    this.#resumption?.dispose();
    this.#exporter.dispose();
    this.exchange.dispose();
    this.kept?.dispose();
  }

  /** So many frames were opened in earlier sessions of the lineage. Called before the first frame opens. */
  startOpeningAfter(opened: bigint): void {
    if (!this.#proven) this.records.startAfter(opened);
  }

  get sealingEpoch(): number {
    return this.records.sealingEpoch ?? 0;
  }

  get openingEpoch(): number {
    return this.records.openingEpoch;
  }

  sealFrame(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    return this.records.sealFrame(type, plaintext);
  }

  openFrame(frame: Uint8Array, now: Instant): OpenedFrame {
    const opened = this.records.openFrame(frame, now);
    this.#proven = true;
    return opened;
  }

  /**
   * Takes in a generation that both ends can derive. The proposer seals under it at once; the other end after it has opened a
   * record under it.
   */
  agreed({ generation, root }: AgreedGeneration, proposer: boolean): void {
    const { provider, role } = this.#config;
    const restore = this.kept && restoreSecrets(provider, root, this.id, generation);
    const secrets = splitRoot(provider, root, this.id, generation);
    secrets.exporter.dispose();
    this.#resumption?.dispose();
    this.#resumption = secrets.resumption;
    if (restore !== undefined) {
      const nextRoot = copySecret(secrets.nextRoot);
      this.kept?.put({ generation, restore, nextRoot });
    }
    this.exchange.settle(secrets.nextRoot);
    this.records.expect(generation, chainsOf(secrets, role), proposer);
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

  /** What exported keys come from: 32 bytes, the caller's. */
  copyExporter(): Secret {
    return copySecret(this.#exporter);
  }

  /** Whether there is no rotation after the present one: a generation is needed. */
  get lastRotation(): boolean {
    return rotationOf(this.sealingEpoch) === maxRotation;
  }

  /** A number that tells the keys apart under which a lineage seals. */
  get sealingKey(): number {
    return this.renewals * 0x1_0000_0000 + this.sealingEpoch;
  }

  /** Whether anything has been sealed in the present epoch. */
  get keyUsed(): boolean {
    return this.records.frameSealed || this.records.bareSealed;
  }

  inspect(): PhaseInspection {
    return {
      id: toHex(this.id),
      renewals: this.renewals,
      generation: this.exchange.generation,
      sealingEpoch: this.records.sealingEpoch,
      opening: this.records.inspect(),
      opened: this.#proven,
      generations: this.exchange.inspect(),
      sealedRecords: this.records.sealedRecords,
      openedRecords: this.records.openedRecords,
    };
  }

  dispose(): void {
    this.records.dispose();
    this.#resumption?.dispose();
    this.#exporter.dispose();
    this.exchange.dispose();
    this.kept?.dispose();
  }
}
