import type { Instant } from "../ports/index.js";
import { maxUnseenRotations, responderPatience, type KeyPolicy } from "./key-policy.js";
import type { Role } from "./key-schedule.js";
import { elapsed } from "./lifetime.js";

/** Knows when the sealing direction's key is to be rotated, and when fresh secrets are due. */
export class KeyTiming {
  readonly #policy: KeyPolicy;
  /** Milliseconds from one generation to the proposal of the next. */
  readonly #generationTime: number;
  #records = 0;
  #bytes = 0;
  #rotations = 0;
  #rotatedAt: Instant;
  #advancedAt: Instant;
  #traffic = false;
  /** Which key the counts are of. */
  #key = 0;

  constructor(policy: KeyPolicy, role: Role, now: Instant) {
    this.#policy = policy;
    this.#generationTime = policy.generation.time * (role === "initiator" ? 1 : responderPatience);
    this.#rotatedAt = now;
    this.#advancedAt = now;
  }

  /** The next record is sealed under `key`, any number that tells keys apart: where it is another, the counts begin again. */
  sealsUnder(key: number, now: Instant): void {
    if (key === this.#key) return;
    this.#key = key;
    this.#begin(now);
  }

  /** A record of the application has been sealed. */
  sealed(bytes: number): void {
    this.#records++;
    this.#bytes += bytes;
    this.#traffic = true;
  }

  /** A record of the application has been opened. */
  opened(): void {
    this.#traffic = true;
  }

  rotated(now: Instant): void {
    this.#rotations++;
    this.#begin(now);
  }

  /** A generation, or a renewed session, has begun at both ends. What this end has sealed under it already, and its `rotation`, stay counted. */
  advanced(rotation: number, now: Instant): void {
    this.#rotations = rotation;
    this.#advancedAt = now;
    this.#traffic = false;
  }

  /** Whether the next record wants a new key. Not before a record has been sealed under the present one. */
  rotationDue(now: Instant): boolean {
    const { records, bytes, time } = this.#policy.rotation;
    if (this.#records === 0) return false;
    return this.#records >= records || this.#bytes >= bytes || elapsed(this.#rotatedAt, now) >= time;
  }

  /** Whether so many rotations have gone by that fresh secrets are due, whatever the time is. */
  get rotationsUsedUp(): boolean {
    return this.#traffic && this.#rotations >= this.#policy.generation.rotations;
  }

  /** Whether so many rotations have gone by since the last generation that a peer who has seen none of them could be lost. */
  get mayOutrunPeer(): boolean {
    return this.#rotations >= maxUnseenRotations;
  }

  generationDue(now: Instant): boolean {
    if (!this.#traffic) return false;
    return this.rotationsUsedUp || elapsed(this.#advancedAt, now) >= this.#generationTime;
  }

  /** When, on the monotonic clock, a generation is due, if both clocks go on alike. */
  nextGeneration(now: Instant): number | undefined {
    if (!this.#traffic) return undefined;
    return now.monotonic + Math.max(this.#generationTime - elapsed(this.#advancedAt, now), 0);
  }

  #begin(now: Instant): void {
    this.#records = 0;
    this.#bytes = 0;
    this.#rotatedAt = now;
  }
}
