import type { RandomSource, Secret } from "../bytes/index.js";
import type { RecordCrypto } from "./chain-secret.js";
import { SessionError } from "../errors/index.js";
import type { SealedFrameType } from "./frame.js";
import type { Ordering } from "./receiving-epoch.js";
import type { MonotonicTime } from "./record-opener.js";
import type { Direction } from "./restore-header.js";
import { RestoreOpener, type OpenedRestoreFrame, type RestoredPeer } from "./restore-opener.js";
import { RestoreSealer, type RestoreSealerOptions } from "./restore-sealer.js";

/** What an end begins with, of a generation. */
export interface RestoreEndOptions {
  /** The algorithms. */
  readonly provider: RecordCrypto;
  /** Where R is drawn: 32 bytes. */
  readonly random: RandomSource;
  /** 32 bytes. */
  readonly sessionId: Uint8Array;
  /** Which end this is. */
  readonly role: Direction;
  /** 0 to 65535. */
  readonly generation: number;
  /** The restore secrets of the generation, 32 bytes each: taken over. */
  readonly secrets: Readonly<Record<Direction, Secret>>;
  /** This end's: 1 to 2^64 - 1; higher than that of every earlier opener of the session. */
  readonly fence: bigint;
  /** As the peer has it. */
  readonly ordering: Ordering;
  /** How many renewals have led to the session; 0 by default. */
  readonly renewals?: number;
  /** How long, in milliseconds, older epochs open in-flight frames; in order not at all. */
  readonly grace: number;
  /** Whether this end was restored from what was stored; else it has lived since the generation began, and the peer may come restored. */
  readonly restored: boolean;
  /** What was stored of the peer. */
  readonly peer?: RestoredPeer;
  /** Whether this end seals in answer to `peer` from the beginning: it has just accepted that R. */
  readonly answers?: boolean;
}

/**
 * One end of a session in one generation, from the time when either end was restored until the next generation, which follows at
 * once.
 *
 * @see PROTOCOL, section 20
 */
export class RestoreEnd {
  readonly #options: RestoreEndOptions;
  readonly #opener: RestoreOpener;
  #sealer: RestoreSealer | undefined;

  /** @throws invalid-argument; the secrets have been erased then */
  constructor(options: RestoreEndOptions) {
    this.#options = options;
    const direction = options.role === "initiator" ? "responder" : "initiator";
    const restoreSecret = options.secrets[direction];
    try {
      this.#opener = new RestoreOpener({ ...options, direction, restoreSecret });
      if (options.restored) {
        const sealer = this.#begin();
        if (options.answers === true && options.peer !== undefined) sealer.answer(options.peer.random);
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Whether this end seals in restore epochs: it was restored, or has accepted that the peer was. Then it seals and opens no bare record, and nothing else of the generation. */
  get seals(): boolean {
    return this.#sealer !== undefined;
  }

  /** What this end knows of the peer: to be stored before anything is sealed in answer. */
  get peer(): RestoredPeer | undefined {
    return this.#opener.peer;
  }

  /** Generation and rotation under which this end seals. @throws session-not-active unless this end `seals` */
  get sealingEpoch(): number {
    return this.#sealing().epoch;
  }

  /** Generation and rotation of the newest frame that has opened. */
  get openingEpoch(): number {
    return this.#opener.epoch;
  }

  /** Frames sealed in the present restore epoch. */
  get sealed(): bigint {
    return this.#sealer?.sealed ?? 0n;
  }

  /** Whether a frame has been sealed under the present rotation. */
  get frameSealed(): boolean {
    return this.#sealer?.frameSealed === true;
  }

  /** Frames opened in the present restore epoch. In order only. */
  get opened(): bigint {
    return this.#opener.opened;
  }

  /** When, in monotonic milliseconds, `expire` has something to erase. */
  get nextExpiry(): number | undefined {
    return this.#opener.nextExpiry;
  }

  /** Accepts no other R of the peer from now on. */
  settle(): void {
    this.#opener.settle();
  }

  /** Monotonic milliseconds until which frames of the generation outside of restore epochs are opened: Infinity before the peer came restored; always past at a restored end. */
  get ordinaryUntil(): number {
    return this.#opener.ordinaryUntil;
  }

  /** Seals one frame, as `RestoreSealer.seal`. @throws session-not-active unless this end `seals` */
  seal(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    return this.#sealing().seal(type, plaintext);
  }

  /** Goes to the next rotation. @throws session-not-active, rotation-exhausted, secret-disposed */
  rotate(): void {
    this.#sealing().rotate();
  }

  /** Opens one frame of a restore epoch, as `RestoreOpener.open`; where it makes the peer's R known, this end seals in answer to it from now on. */
  open(frame: Uint8Array, now: MonotonicTime): OpenedRestoreFrame {
    const result = this.#opener.open(frame, now);
    if (result.accepted !== undefined) (this.#sealer ?? this.#begin()).answer(result.accepted.random);
    return result;
  }

  /** Erases the keys whose grace time is over. */
  expire(now: MonotonicTime): void {
    this.#opener.expire(now);
  }

  /** Erases all keys and restore secrets. */
  dispose(): void {
    this.#sealer?.dispose();
    for (const direction of ["initiator", "responder"] as const) this.#options.secrets[direction].dispose();
    this.#opener?.dispose();
  }

  #begin(): RestoreSealer {
    const { role: direction, secrets } = this.#options;
    const options: RestoreSealerOptions = { ...this.#options, direction, restoreSecret: secrets[direction] };
    this.#sealer = new RestoreSealer(options);
    this.#opener.ownIs(this.#sealer.random);
    return this.#sealer;
  }

  #sealing(): RestoreSealer {
    if (this.#sealer !== undefined) return this.#sealer;
    throw new SessionError(
      "session-not-active",
      "Neither end of this session was restored: it seals as ever.",
    );
  }
}
