import { earliest } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import {
  generationOf,
  isRestoreFrame,
  RestoreEnd,
  rotationOf,
  type GenerationInspection,
  type OpenedFrame,
  type RestoredPeer,
  type RestoreEndOptions,
  type SealedFrameType,
} from "../record/index.js";
import type { DirectionChains } from "./direction-chains.js";
import { OrdinaryRecords } from "./ordinary-records.js";
import type { PhaseRecords, RecordsScope } from "./phase-records.js";

/** What a restored session's records begin with. */
export type RestoredRecordsOptions = Pick<
  RestoreEndOptions,
  "random" | "role" | "generation" | "secrets" | "fence" | "peer" | "answers"
>;

/**
 * The records of a session that was restored: in restore epochs, until the next generation takes their place.
 *
 * @see PROTOCOL, section 20
 */
export class RestoredRecords implements PhaseRecords {
  readonly sealing = true;
  readonly #scope: RecordsScope;
  readonly #generation: number;
  readonly #end: RestoreEnd;
  #next: OrdinaryRecords | undefined;
  /** A frame of the next generation has opened. */
  #advanced = false;
  #sealsNext = false;
  /** Monotonic milliseconds until which restore epochs open frames. */
  #closesAt = Infinity;
  #stopped = false;

  /** Takes over the restore secrets. @throws invalid-argument; they have been erased then */
  constructor(scope: RecordsScope, options: RestoredRecordsOptions) {
    this.#scope = scope;
    this.#generation = options.generation;
    this.#end = new RestoreEnd({ ...scope, ...options, restored: true });
  }

  /** What this end knows of the peer: to be stored before what answers it leaves. */
  get peer(): RestoredPeer | undefined {
    return this.#end.peer;
  }

  get openingGeneration(): number {
    return this.#advanced ? this.#next!.openingGeneration : this.#generation;
  }

  get sealingEpoch(): number | undefined {
    return this.#sealsNext ? this.#next!.sealingEpoch : this.#end.sealingEpoch;
  }

  get openingEpoch(): number {
    return this.#advanced ? this.#next!.openingEpoch : this.#end.openingEpoch;
  }

  get sealedRecords(): bigint {
    return this.#sealsNext ? this.#next!.sealedRecords : this.#end.sealed;
  }

  get openedRecords(): bigint {
    return this.#advanced ? this.#next!.openedRecords : this.#end.opened;
  }

  get frameSealed(): boolean {
    return this.#sealsNext ? this.#next!.frameSealed : this.#end.frameSealed;
  }

  get bareSealed(): boolean {
    return this.#sealsNext && this.#next!.bareSealed;
  }

  get nextExpiry(): number | undefined {
    return earliest(this.#end.nextExpiry, this.#closesAt, this.#next?.nextExpiry);
  }

  beginSealing(): void {
    // It seals from the beginning.
  }

  stopSealing(): void {
    this.#stopped = true;
    this.#next?.stopSealing();
  }

  startAfter(): void {
    // Nothing of the lineage goes before a restore.
  }

  sealFrame(type: SealedFrameType, plaintext: Uint8Array): Uint8Array {
    if (this.#sealsNext) return this.#next!.sealFrame(type, plaintext);
    if (this.#stopped) throw new SessionError("secret-disposed", "This session seals nothing any more.");
    return this.#end.seal(type, plaintext);
  }

  sealBare(plaintext: Uint8Array, output?: Uint8Array): Uint8Array {
    if (this.#sealsNext) return this.#next!.sealBare(plaintext, output);
    throw noBareRecords();
  }

  openFrame(frame: Uint8Array, now: Instant): OpenedFrame {
    if (isRestoreFrame(frame)) return this.#openRestored(frame, now);
    if (this.#next === undefined) throw unknown();
    if (!this.#advanced) this.#next.startAfter(this.#end.opened);
    const opened = this.#next.openFrame(frame, now);
    if (!this.#advanced) this.#advance(now);
    return opened;
  }

  openBare(record: Uint8Array, now: Instant, output?: Uint8Array): Uint8Array {
    if (this.#next !== undefined) return this.#next.openBare(record, now, output);
    throw unknown();
  }

  rotate(): void {
    if (this.#sealsNext) this.#next!.rotate();
    else this.#end.rotate();
  }

  expect(generation: number, chains: DirectionChains, sealsAtOnce: boolean): void {
    if (this.#advanced) return this.#next!.expect(generation, chains, sealsAtOnce);
    this.#next?.dispose();
    this.#next = new OrdinaryRecords(this.#scope, generation, chains);
    if (sealsAtOnce) this.#sealNext();
  }

  closeFrames(): void {
    if (this.#advanced) this.#next!.closeFrames();
    else this.#end.dispose();
  }

  keep(most: number): number {
    return this.#advanced ? this.#next!.keep(most) : 1;
  }

  expire(now: Instant): void {
    this.#next?.expire(now);
    if (this.#closesAt <= now.monotonic) this.#close();
    else this.#end.expire(now);
  }

  inspect(): GenerationInspection {
    if (this.#advanced) return this.#next!.inspect();
    const epoch = this.#end.openingEpoch;
    const expected = this.#next?.openingGeneration;
    return {
      generation: generationOf(epoch),
      rotation: rotationOf(epoch),
      older: [],
      ...(expected !== undefined && { expected }),
    };
  }

  dispose(): void {
    this.#close();
    this.#next?.dispose();
  }

  #openRestored(frame: Uint8Array, now: Instant): OpenedFrame {
    this.expire(now);
    const { opened } = this.#end.open(frame, now);
    if (opened === undefined) throw unknown();
    this.#end.settle();
    return opened;
  }

  #advance(now: Instant): void {
    this.#advanced = true;
    this.#sealNext();
    if (this.#scope.ordering === "in-order") this.#close();
    else this.#closesAt = now.monotonic + this.#scope.grace;
  }

  #sealNext(): void {
    if (this.#sealsNext) return;
    this.#next!.beginSealing(this.#end.sealed);
    this.#sealsNext = true;
  }

  #close(): void {
    this.#closesAt = Infinity;
    this.#end.dispose();
  }
}

function noBareRecords(): SessionError<"session-not-active"> {
  return new SessionError(
    "session-not-active",
    "A restored session has no bare records before its next generation, which is under way: try again.",
  );
}

function unknown(): SessionError<"epoch-unknown"> {
  return new SessionError(
    "epoch-unknown",
    "No key opens the frame: the session was restored, and its next generation is not agreed.",
  );
}
