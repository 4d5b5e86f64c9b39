import type { CryptoProvider } from "../crypto/index.js";
import type { Instant } from "../ports/index.js";
import type { GenerationInspection, OpenedFrame, Ordering, SealedFrameType } from "../record/index.js";
import type { DirectionChains } from "./direction-chains.js";

/** What the records of one session have in common. */
export interface RecordsScope {
  readonly provider: CryptoProvider;
  /** 32 bytes. */
  readonly sessionId: Uint8Array;
  readonly ordering: Ordering;
  /** Milliseconds for which older keys still open records, where order is not kept. */
  readonly grace: number;
  /** How many renewals have led to the session. */
  readonly renewals: number;
}

/** Both directions of one session through its generations: what seals and what opens. */
export interface PhaseRecords {
  /** Whether this end seals under this session. */
  readonly sealing: boolean;
  /** The newest generation of which a frame of the peer has opened, or the first. */
  readonly openingGeneration: number;
  readonly sealingEpoch: number | undefined;
  readonly openingEpoch: number;
  /** Frames that this end has sealed, in this session and those before it. */
  readonly sealedRecords: bigint;
  /** Frames that this end has opened, in this session and those before it. In order only. */
  readonly openedRecords: bigint;
  /** Whether a frame has been sealed in the present epoch. */
  readonly frameSealed: boolean;
  /** Whether a bare record has been. */
  readonly bareSealed: boolean;
  /** When, in milliseconds of the monotonic clock, `expire` has something to erase. */
  readonly nextExpiry: number | undefined;

  /** Begins to seal, after `sealedBefore` frames of earlier sessions of the lineage. Again: nothing. */
  beginSealing(sealedBefore: bigint): void;
  stopSealing(): void;
  /** So many frames were opened in earlier sessions of the lineage: say it before the first frame opens. */
  startAfter(opened: bigint): void;
  sealFrame(type: SealedFrameType, plaintext: Uint8Array): Uint8Array;
  /** Into `output` where one is given. */
  sealBare(plaintext: Uint8Array, output?: Uint8Array): Uint8Array;
  /** Opens a frame; where it is the first of a generation, this end seals under it too. */
  openFrame(frame: Uint8Array, now: Instant): OpenedFrame;
  /** Into `output` where one is given. */
  openBare(record: Uint8Array, now: Instant, output?: Uint8Array): Uint8Array;
  rotate(): void;
  /** Takes in the next generation (the chains are taken over): under it the peer may seal from now on, and this end too if it `sealsAtOnce`. */
  expect(generation: number, chains: DirectionChains, sealsAtOnce: boolean): void;
  /** No frame comes any more: keeps only what opens bare records that are on their way. */
  closeFrames(): void;
  /** Erases the oldest epochs until at most `most` (1 or more) are kept for opening; the result is how many are. */
  keep(most: number): number;
  expire(now: Instant): void;
  inspect(): GenerationInspection;
  dispose(): void;
}
