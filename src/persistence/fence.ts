import { equalConstantTime, Reader, Writer } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { ExpectedVersion, Store, StoreWrite, WriteOptions } from "../ports/index.js";
import { lastU64, openingTries, ownerIdLength } from "./persistence-limits.js";
import { sealedName, type Seal } from "./seal.js";

/** The version of the codec: fence (u64) | opener (16). */
const codec = 1;

/**
 * The right to write, until somebody opens the same fence again. Each opening has a higher number; whoever includes `require()` in a write
 * learns in time that it has been overtaken, and has written nothing.
 *
 * @see PROTOCOL, section 11.5
 */
export class Fence {
  /** Its number: 1 to 2^64 - 1. No other holder has had it. */
  readonly fence: bigint;
  /** Where it stands in the store. */
  readonly name: string;
  /** What its opener has drawn, so that it knows its own writes: 16 bytes. The number alone says nothing, where a store was put back or copied. */
  readonly opener: Uint8Array;
  readonly #store: Store;
  readonly #seal: Seal;
  readonly #version: ExpectedVersion;
  readonly #expiresAt: number | undefined;

  private constructor(place: FencePlace, fence: bigint, opener: Uint8Array, version: ExpectedVersion) {
    this.#store = place.store;
    this.#seal = place.seal;
    this.name = place.name;
    this.fence = fence;
    this.opener = opener;
    this.#version = version;
    this.#expiresAt = place.expiresAt;
  }

  /** The part of a transaction that lets it take place under this fence only. */
  require(): StoreWrite {
    return { kind: "require", name: this.name, expected: this.#version };
  }

  /**
   * Carries out `writes` under this fence, and returns the version of each.
   *
   * @throws store-fenced where it was overtaken, and what `Store.write` throws: store-conflict then means one of `writes`
   */
  async write(writes: readonly StoreWrite[], options?: WriteOptions): Promise<readonly ExpectedVersion[]> {
    try {
      return (await this.#store.write([this.require(), ...writes], options)).slice(1);
    } catch (error) {
      throw await this.explain(error);
    }
  }

  /** As `write`, and gives up the fence with it: nothing of its name is left. The next opener begins at 1, so only where all that the fence was about goes as well. */
  async drop(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#version === undefined) return;
    try {
      await this.#store.write([{ kind: "delete", name: this.name, expected: this.#version }, ...writes]);
    } catch (error) {
      throw await this.explain(error);
    }
  }

  /** What a failed write that included `require()` means: a conflict is `store-fenced` where this fence was overtaken; all else is returned as it is. */
  async explain(error: unknown): Promise<unknown> {
    if (!SessionError.is(error, "store-conflict")) return error;
    try {
      if (await this.isHeld()) return error;
    } catch {
      return error;
    }
    return fenced(error);
  }

  /** Whether nobody else has opened it since, by what the store has now. @throws what the store throws, snapshot-invalid */
  async isHeld(): Promise<boolean> {
    const present = await read(this.#store, this.#seal, this.name);
    return present?.version === this.#version && present?.isBy(this.opener) === true;
  }

  /**
   * A fence in place of this one, with a number above `above` (and above its own): for whoever learns that a higher one was seen.
   *
   * @throws store-fenced where this one was overtaken; nonce-exhausted; what the store throws
   */
  async raise(above: bigint): Promise<Fence> {
    const number = successor(above > this.fence ? above : this.fence);
    const place = { store: this.#store, seal: this.#seal, name: this.name, expiresAt: this.#expiresAt };
    const owner = Uint8Array.from(this.#seal.random(ownerIdLength));
    try {
      return await Fence.#put(place, number, owner, this.#version);
    } catch (error) {
      const present = await read(this.#store, this.#seal, this.name);
      if (present?.isBy(owner) === true) return new Fence(place, number, owner, present.version);
      throw present?.version === this.#version ? error : fenced(error);
    }
  }

  /** @see openFence */
  static async open(place: FencePlace): Promise<Fence> {
    const { store, seal, name } = place;
    const owner = Uint8Array.from(seal.random(ownerIdLength));
    for (let tries = 1; ; tries++) {
      const present = await read(store, seal, name);
      const number = successor(present?.fence ?? 0n);
      try {
        return await Fence.#put(place, number, owner, present?.version);
      } catch (error) {
        if (SessionError.is(error, "store-conflict") && tries < openingTries) continue;
        const now = await read(store, seal, name);
        if (now?.isBy(owner) === true) return new Fence(place, now.fence, owner, now.version);
        throw error;
      }
    }
  }

  static async #put(
    place: FencePlace,
    fence: bigint,
    owner: Uint8Array,
    expected: ExpectedVersion,
  ): Promise<Fence> {
    const { store, seal, name, expiresAt } = place;
    const bytes = seal.seal(sealedName(name, codec), new Writer().u64(fence).bytes(owner).finish());
    const ends = expiresAt === undefined ? {} : { expiresAt };
    const [version] = await store.write([{ kind: "put", name, expected, bytes, ...ends }]);
    return new Fence(place, fence, owner, version);
  }
}

/**
 * Opens the fence `name`: whoever held it is overtaken. `seal`: under the at-rest root of the peer that it is about. Two openers never get the same
 * number, also where a write fails and takes place all the same.
 *
 * @throws snapshot-invalid where the stored one can't be read; nonce-exhausted at 2^64 - 1; what the store throws: the fence may then have been
 * raised, but nobody holds it
 */
export function openFence(store: Store, seal: Seal, name: string, expiresAt?: number): Promise<Fence> {
  return Fence.open({ store, seal, name, expiresAt });
}

/** Where a fence stands, and until when (wall clock, milliseconds since 1970). */
interface FencePlace {
  readonly store: Store;
  readonly seal: Seal;
  readonly name: string;
  readonly expiresAt: number | undefined;
}

interface StoredFence {
  readonly fence: bigint;
  readonly version: string;
  isBy(owner: Uint8Array): boolean;
}

async function read(store: Store, seal: Seal, name: string): Promise<StoredFence | undefined> {
  const stored = await store.get(name);
  if (stored === undefined) return undefined;
  const reader = new Reader(
    seal.open(sealedName(name, codec), stored.bytes),
    "snapshot-invalid",
    "stored fence",
  );
  const fence = reader.u64();
  const opener = reader.bytes(ownerIdLength);
  reader.end();
  return { fence, version: stored.version, isBy: owner => equalConstantTime(owner, opener) };
}

function successor(fence: bigint): bigint {
  if (fence < lastU64) return fence + 1n;
  throw new SessionError(
    "nonce-exhausted",
    "The last fence of 64 bits has been taken: none is higher, and none is ever given twice. Only a new name in the store helps.",
  );
}

function fenced(cause: unknown): SessionError {
  return new SessionError(
    "store-fenced",
    "Somebody else has opened this since: nothing of this was written. Stop using it, or open it again and overtake them.",
    { cause },
  );
}
