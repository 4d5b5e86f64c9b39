import { earliest, toHex, type Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { RecordCrypto } from "./chain-secret.js";
import { maxKeptEpochs } from "./epochs.js";
import { flagsOf } from "./frame.js";
import type { OpenedFrame } from "./frame-opener.js";
import type { Ordering } from "./receiving-epoch.js";
import { checkRecord, epochOf, epochOfRecord, generationOf } from "./record-format.js";
import { RecordOpener, type MonotonicTime } from "./record-opener.js";
import { deriveRestoreChain } from "./restore-chain.js";
import { parseRestoreFrame, RestoreAssociatedData, type RestoreFrame } from "./restore-frame.js";
import { checkRestoreScope, noRandom, restoreHash, type RestoreScope } from "./restore-header.js";

/** How many R of the peer an end accepts in a generation: the next one follows each at once, so that an honest peer needs few. */
const maxAccepted = 64;

/** Who the peer is, as its restores go: its fence, and the one R that it has under it. */
export interface RestoredPeer {
  /** 1 to 2^64 - 1. */
  readonly fence: bigint;
  /** 32 bytes. */
  readonly random: Uint8Array;
}

/** What an opener of restore epochs begins with. */
export interface RestoreOpenerOptions extends RestoreScope {
  /** The algorithms. */
  readonly provider: RecordCrypto;
  /** Of the direction and generation, 32 bytes: taken over, and erased by `dispose`. */
  readonly restoreSecret: Secret;
  /** As the sealer at the other end has it. */
  readonly ordering: Ordering;
  /** How many renewals have led to the session; 0 by default. */
  readonly renewals?: number;
  /** How long, in milliseconds, older epochs open in-flight frames; in order not at all. */
  readonly grace: number;
  /** Whether this end was restored: its windows are lost, and only epochs under its own R deliver. */
  readonly restored: boolean;
  /** What was stored of the peer. */
  readonly peer?: RestoredPeer;
}

/** What became of a frame. */
export interface OpenedRestoreFrame {
  /** What was in it; undefined where it only made the peer's R known. */
  readonly opened: OpenedFrame | undefined;
  /** The peer's R, where it was accepted with this frame: seal under it from now on, discard pending generations and renewals, and store it. */
  readonly accepted: RestoredPeer | undefined;
}

interface RestoreEpoch {
  readonly peer: RestoredPeer;
  /** Whether R' is this end's R; else it is zeros. */
  readonly own: boolean;
  readonly records: RecordOpener;
  readonly associatedData: RestoreAssociatedData;
  /** Monotonic milliseconds. */
  closesAt: number;
}

/**
 * Opens the frames of one direction and generation after a restore of either end. Nothing that fails to open changes anything.
 *
 * @see PROTOCOL, section 20
 */
export class RestoreOpener {
  readonly #options: RestoreOpenerOptions;
  readonly #flags: number;
  readonly #noneHash: string;
  #own: { readonly random: Uint8Array; readonly hash: string } | undefined;
  #peer: RestoredPeer | undefined;
  /** Each R that was accepted since this end began, in hexadecimal: what was stored is not. */
  readonly #accepted = new Set<string>();
  /** Newest first. */
  #epochs: RestoreEpoch[] = [];
  /** Derived for a frame whose tag has not held. */
  #candidate: RestoreEpoch | undefined;
  /** Monotonic milliseconds from which no epoch of the present R opens whose R' is zeros; the first sign of the other one starts it. */
  #zerosUntil = Infinity;
  #ordinaryUntil: number;
  #settled = false;

  /** @throws invalid-argument; the restore secret has been erased then */
  constructor(options: RestoreOpenerOptions) {
    try {
      checkRestoreScope(options);
      if (!(options.grace >= 0))
        throw new SessionError(
          "invalid-argument",
          `The grace time must be 0 ms or more (given: ${options.grace}).`,
        );
    } catch (error) {
      options.restoreSecret.dispose();
      throw error;
    }
    this.#options = options;
    this.#flags = flagsOf(options.ordering, options.renewals ?? 0);
    this.#noneHash = toHex(restoreHash(options.provider.hash, noRandom));
    this.#peer = options.peer;
    this.#ordinaryUntil = options.restored ? -Infinity : Infinity;
  }

  /** What this end knows of the peer: to be stored. */
  get peer(): RestoredPeer | undefined {
    return this.#peer;
  }

  /** The newest rotation of which a frame has opened, with the generation: as `RecordOpener.epoch`. */
  get epoch(): number {
    return this.#epochs[0]?.records.epoch ?? epochOf(this.#options.generation, 0);
  }

  /** Frames opened in the present restore epoch. In order only. */
  get opened(): bigint {
    return this.#epochs[0]?.records.openedBefore(this.epoch + 1) ?? 0n;
  }

  /** When, in monotonic milliseconds, `expire` has something to erase. */
  get nextExpiry(): number | undefined {
    return earliest(
      ...this.#epochs.flatMap(({ closesAt, records: { nextExpiry } }) => [closesAt, nextExpiry]),
    );
  }

  /** From now on no other R of the peer is accepted: whoever comes with one comes on a path of its own. */
  settle(): void {
    this.#settled = true;
  }

  /** Monotonic milliseconds until which frames of this generation outside of restore epochs are opened: Infinity before any R was accepted. */
  get ordinaryUntil(): number {
    return this.#ordinaryUntil;
  }

  /** From now on this end seals with `random` (32 bytes, copied) as its R: what answers it can be opened. Once. @throws invalid-argument */
  ownIs(random: Uint8Array): void {
    if (this.#own !== undefined)
      throw new SessionError("invalid-argument", "An end has one R in a generation.");
    const copy = Uint8Array.from(random);
    this.#own = { random: copy, hash: toHex(restoreHash(this.#options.provider.hash, copy)) };
  }

  /**
   * Opens one frame of a restore epoch, 103 to 1,048,678 bytes.
   *
   * @throws frame-malformed, frame-unexpected, epoch-unknown (another R under the same fence, a lower fence, an R' that is not this end's, an epoch that was
   * left), and what `RecordOpener.open` throws: nothing has changed then, but that keys may have been derived
   */
  open(bytes: Uint8Array, now: MonotonicTime): OpenedRestoreFrame {
    const frame = parseRestoreFrame(bytes, this.#flags);
    checkRecord(frame.record);
    this.expire(now);
    const { fence, random, peerHash } = frame.header;
    const hash = toHex(peerHash);
    const own = hash === this.#own?.hash;
    if (
      generationOf(epochOfRecord(frame.record)) !== this.#options.generation ||
      !(own || hash === this.#noneHash)
    )
      throw unknown();
    const matches = (epoch: RestoreEpoch): boolean =>
      epoch.own === own && epoch.peer.fence === fence && equal(epoch.peer.random, random);
    const known = this.#epochs.find(matches);
    if (known !== undefined) return { opened: this.#openIn(known, frame, now), accepted: undefined };
    const isNew = this.#checkNew(fence, random, own);
    if (this.#candidate === undefined || !matches(this.#candidate)) {
      this.#candidate?.records.dispose();
      this.#candidate = undefined;
      this.#candidate = this.#derive(frame, own);
    }
    const epoch = this.#candidate;
    const opened = this.#openIn(epoch, frame, now);
    this.#candidate = undefined;
    this.#adopt(epoch, isNew, now);
    if (this.#delivers(own)) return { opened, accepted: isNew ? epoch.peer : undefined };
    opened.plaintext.fill(0);
    return { opened: undefined, accepted: epoch.peer };
  }

  /** Erases the keys whose grace time is over. */
  expire({ monotonic }: MonotonicTime): void {
    this.#epochs = this.#epochs.filter(epoch => {
      if (epoch.closesAt > monotonic) {
        epoch.records.expire({ monotonic });
        return true;
      }
      epoch.records.dispose();
      return false;
    });
    if (this.#zerosUntil <= monotonic) this.#zerosUntil = -Infinity;
  }

  /** Erases all keys and the restore secret. */
  dispose(): void {
    for (const epoch of [...this.#epochs, this.#candidate]) epoch?.records.dispose();
    this.#epochs = [];
    this.#candidate = undefined;
    this.#options.restoreSecret.dispose();
  }

  /** The windows of a restored end are lost: only of an epoch under its own R it knows that it has had nothing of it before. */
  #delivers(own: boolean): boolean {
    return own || !this.#options.restored;
  }

  /** Whether the R would be accepted with the frame. Throws where the epoch may not be derived. */
  #checkNew(fence: bigint, random: Uint8Array, own: boolean): boolean {
    const peer = this.#peer;
    if (fence < 1n) throw unknown();
    if (peer === undefined || fence > peer.fence) {
      if (this.#settled || this.#accepted.size >= maxAccepted || this.#accepted.has(toHex(random)))
        throw unknown();
      return true;
    }
    if (fence < peer.fence || !equal(peer.random, random)) throw unknown();
    if (!own && (!this.#delivers(own) || this.#zerosUntil === -Infinity)) throw unknown();
    return this.#accepted.size === 0;
  }

  #derive({ header: { fence, random, peerHash } }: RestoreFrame, own: boolean): RestoreEpoch {
    const { provider, restoreSecret, generation, ordering, grace, sessionId, renewals = 0 } = this.#options;
    const peer = { fence, random: Uint8Array.from(random) };
    const peerRandom = own ? this.#own!.random : noRandom;
    const chainSecret = deriveRestoreChain(provider, restoreSecret, {
      ...this.#options,
      ...peer,
      peerRandom,
    });
    const header = { ...peer, peerHash: Uint8Array.from(peerHash) };
    // Where nothing is delivered, whatever has gone before is no matter.
    const order = this.#delivers(own) ? ordering : "out-of-order";
    return {
      peer,
      own,
      records: new RecordOpener({ provider, chainSecret, generation, ordering: order, grace }),
      associatedData: new RestoreAssociatedData(header, sessionId, ordering, renewals),
      closesAt: Infinity,
    };
  }

  #openIn(
    { records, associatedData }: RestoreEpoch,
    { type, record }: RestoreFrame,
    now: MonotonicTime,
  ): OpenedFrame {
    const count = this.#options.ordering === "in-order" ? records.openedBefore(epochOfRecord(record)) : 0n;
    return { type, plaintext: records.open(record, associatedData.set(type, count), now) };
  }

  /** A frame of `epoch` has been authenticated, the first of its epoch. */
  #adopt(epoch: RestoreEpoch, isNew: boolean, now: MonotonicTime): void {
    const { ordering, grace } = this.#options;
    const end = now.monotonic + (ordering === "in-order" ? 0 : grace);
    for (const other of this.#epochs) if (isNew || epoch.own) other.closesAt = Math.min(other.closesAt, end);
    if (isNew) {
      this.#peer = epoch.peer;
      this.#accepted.add(toHex(epoch.peer.random));
      this.#zerosUntil = Infinity;
      this.#ordinaryUntil = Math.min(this.#ordinaryUntil, end);
    }
    if (epoch.own) this.#zerosUntil = Math.min(this.#zerosUntil, end);
    else epoch.closesAt = this.#zerosUntil;
    if (!this.#delivers(epoch.own)) epoch.records.dispose();
    else this.#epochs.unshift(epoch);
    for (const dropped of this.#epochs.splice(maxKeptEpochs)) dropped.records.dispose();
    this.expire(now);
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, i) => byte === other[i]);
}

function unknown(): SessionError<"epoch-unknown"> {
  return new SessionError(
    "epoch-unknown",
    "The frame is of a restored session's epoch that is not open here: it was left, it is an older one's, or it answers another restore.",
  );
}
