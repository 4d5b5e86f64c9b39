import { aeadKeyByParts, type Aead, type AeadKey, type CryptoProvider } from "../src/crypto/index.js";
import type { RandomSource } from "../src/bytes/index.js";
import type { KeyPolicy } from "../src/session/index.js";
import { ByteDigest } from "./byte-digest.js";
import { DigestTable } from "./digest-table.js";
import type { Findings } from "./violation.js";

/** Where the frame type stands in a frame's associated data, and where the session id. */
const typeOffset = 16;
const idOffset = 18;
const idEnd = idOffset + 32;
const batchType = 0x11;
const controlType = 0x12;
/** Frames of durable channels: no session of a link has sent them. */
const durableType = 0x14;

/** How late, in milliseconds, a rotation by time may seem: time passes between two readings of a clock. */
const lateness = 10_000;

/** The process whose keys these are. */
export interface KeyOwner {
  /** Milliseconds on its monotonic clock. */
  readonly monotonic: () => number;
  readonly keyPolicy: KeyPolicy;
}

/** Every seal that was ever made, by all processes, and every key that is alive. @see DESIGN, section 5 */
export class Oracle {
  readonly #findings: Findings;
  readonly #digest: ByteDigest;
  readonly #keyDigest: ByteDigest;
  readonly #seals = new DigestTable();
  readonly #idDigests = new DigestTable();
  /** Application records sealed under one session id, whose: to be set by who sends. */
  linkOfSeal = 0;
  /** The key under which something opened last. */
  lastOpened: WatchedKey | undefined;

  constructor(findings: Findings, seed: number) {
    this.#findings = findings;
    this.#digest = new ByteDigest(seed | 1);
    this.#keyDigest = new ByteDigest(Math.imul(seed | 1, 0x5bd1e995));
  }

  /** Distinct seals so far. */
  get seals(): number {
    return this.#seals.size;
  }

  /** `base` with its AEAD under watch and randomness from `random`. */
  provider(base: CryptoProvider, random: RandomSource, census: KeyCensus): CryptoProvider {
    const aead: Aead = { name: base.aead.name, key: key => this.#key(base.aead, key, census) };
    return { ...base, aead, random };
  }

  #key(aead: Aead, bytes: Uint8Array, census: KeyCensus): AeadKey {
    const digest = this.#keyDigest.begin().bytes(bytes).finish();
    const [high, low] = [digest.high, digest.low];
    const inner = aead.key(bytes);
    const watched = census.add();
    return aeadKeyByParts({
      seal: (nonce, associatedData, plaintext, ciphertext, tag) => {
        this.#sealed(high, low, nonce, associatedData, plaintext);
        if (isApplication(associatedData)) {
          watched.sealed(leastBytes(associatedData, plaintext));
          this.#checkId(associatedData);
        }
        inner.seal(nonce, associatedData, plaintext, ciphertext, tag);
      },
      open: (nonce, associatedData, ciphertext, tag, plaintext) => {
        if (!inner.open(nonce, associatedData, ciphertext, tag, plaintext)) return false;
        this.#opened(high, low, nonce, associatedData, plaintext);
        watched.used();
        this.lastOpened = watched;
        return true;
      },
      dispose: () => {
        inner.dispose();
        watched.disposed();
      },
    });
  }

  #sealed(
    high: number,
    low: number,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): void {
    const place = this.#digest.begin().word(high).word(low).bytes(nonce).finish();
    const [placeHigh, placeLow] = [place.high, place.low];
    const content = this.#digest.begin().bytes(associatedData).bytes(plaintext).finish();
    if (this.#seals.enter(placeHigh, placeLow, content.high, content.low) === "other") {
      this.#findings.report(
        "a (key, nonce) pair was used for two different (plaintext, associated data) pairs",
      );
    }
  }

  #opened(
    high: number,
    low: number,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
  ): void {
    const place = this.#digest.begin().word(high).word(low).bytes(nonce).finish();
    const [placeHigh, placeLow] = [place.high, place.low];
    const content = this.#digest.begin().bytes(associatedData).bytes(plaintext).finish();
    if (!this.#seals.has(placeHigh, placeLow, content.high, content.low)) {
      this.#findings.report(
        "something opened that nobody had sealed with this key, nonce and associated data",
      );
    }
  }

  /** A session id binds the frames of one session: it never stands in those of two. */
  #checkId(associatedData: Uint8Array): void {
    if (associatedData.length < idEnd || associatedData[typeOffset] === durableType) return;
    const digest = this.#digest.begin().bytes(associatedData.subarray(idOffset, idEnd)).finish();
    const link = this.linkOfSeal;
    if (this.#idDigests.enter(digest.high, digest.low, link, 1) === "other") {
      this.#findings.report("two sessions bind the same session id to their frames");
    }
  }
}

/** Application records: frames that are no control frames, and bare records. */
function isApplication(associatedData: Uint8Array): boolean {
  if (associatedData.length === 0) return true;
  return (
    associatedData.length >= idEnd && associatedData[typeOffset] !== controlType && isFrame(associatedData)
  );
}

/** Application bytes in it, at least: a batch has 4 bytes of framing for each of at most 41 messages. */
function leastBytes(associatedData: Uint8Array, plaintext: Uint8Array): number {
  return associatedData[typeOffset] === batchType ? Math.max(plaintext.length - 4 * 41, 1) : plaintext.length;
}

/** Whether it begins with "bowline/frame/v1". */
function isFrame(associatedData: Uint8Array): boolean {
  return associatedData[0] === 0x62 && associatedData[8] === 0x66 && associatedData[15] === 0x31;
}

/** One key, as its process has it. */
export interface WatchedKey {
  readonly alive: boolean;
  sealed(bytes: number): void;
  used(): void;
  disposed(): void;
}

/** The AEAD keys of one process: how many are alive, how long they have lain idle, how much each has sealed. */
export class KeyCensus {
  readonly #findings: Findings;
  readonly #owner: KeyOwner;
  readonly #alive = new Map<number, { usedAt: number | undefined }>();
  #next = 0;

  constructor(findings: Findings, owner: KeyOwner) {
    this.#findings = findings;
    this.#owner = owner;
  }

  get alive(): number {
    return this.#alive.size;
  }

  /** Keys that were used, but not for `time` milliseconds. */
  idleFor(time: number): number {
    const now = this.#owner.monotonic();
    let idle = 0;
    for (const { usedAt } of this.#alive.values()) if (usedAt !== undefined && now - usedAt > time) idle++;
    return idle;
  }

  add(): WatchedKey {
    const { monotonic, keyPolicy } = this.#owner;
    const name = this.#next++;
    const state: { usedAt: number | undefined } = { usedAt: undefined };
    this.#alive.set(name, state);
    let [records, sealedBytes, firstAt] = [0, 0, 0];
    const alive = (): boolean => this.#alive.has(name);
    return {
      get alive() {
        return alive();
      },
      sealed: bytes => {
        const now = monotonic();
        if (records === 0) firstAt = now;
        const { rotation } = keyPolicy;
        const [over, heavy] = [records >= rotation.records, records > 0 && sealedBytes >= rotation.bytes];
        const late = now - firstAt >= rotation.time + lateness;
        if (over || heavy || late) {
          this.#findings.report(
            `a key sealed beyond its policy: ${records} records, ${sealedBytes} bytes, ${Math.round(now - firstAt)} ms ` +
              `before this one (policy: ${rotation.records}, ${rotation.bytes}, ${rotation.time})`,
          );
        }
        records++;
        sealedBytes += bytes;
        state.usedAt = now;
      },
      used: () => {
        state.usedAt = monotonic();
      },
      disposed: () => this.#alive.delete(name),
    };
  }
}
