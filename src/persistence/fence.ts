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
  readonly #store: Store;
  readonly #seal: Seal;
  readonly #version: ExpectedVersion;

  private constructor(store: Store, seal: Seal, name: string, fence: bigint, version: ExpectedVersion) {
    this.#store = store;
    this.#seal = seal;
    this.name = name;
    this.fence = fence;
    this.#version = version;
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

  /** What a failed write that included `require()` means: a conflict is `store-fenced` where this fence was overtaken; all else is returned as it is. */
  async explain(error: unknown): Promise<unknown> {
    if (!SessionError.is(error, "store-conflict")) return error;
    try {
      if ((await this.#store.get(this.name))?.version === this.#version) return error;
    } catch {
      return error;
    }
    return fenced(error);
  }

  /**
   * A fence in place of this one, with a number above `above` (and above its own): for whoever learns that a higher one was seen.
   *
   * @throws store-fenced where this one was overtaken; nonce-exhausted; what the store throws
   */
  async raise(above: bigint): Promise<Fence> {
    const number = successor(above > this.fence ? above : this.fence);
    const owner = this.#seal.random(ownerIdLength);
    try {
      return await Fence.#put(this.#store, this.#seal, this.name, number, owner, this.#version);
    } catch (error) {
      const present = await read(this.#store, this.#seal, this.name);
      if (present?.isBy(owner) === true)
        return new Fence(this.#store, this.#seal, this.name, number, present.version);
      throw present?.version === this.#version ? error : fenced(error);
    }
  }

  /** @see openFence */
  static async open(store: Store, seal: Seal, name: string): Promise<Fence> {
    const owner = seal.random(ownerIdLength);
    for (let tries = 1; ; tries++) {
      const present = await read(store, seal, name);
      const number = successor(present?.fence ?? 0n);
      try {
        return await Fence.#put(store, seal, name, number, owner, present?.version);
      } catch (error) {
        if (SessionError.is(error, "store-conflict") && tries < openingTries) continue;
        const now = await read(store, seal, name);
        if (now?.isBy(owner) === true) return new Fence(store, seal, name, now.fence, now.version);
        throw error;
      }
    }
  }

  static async #put(
    store: Store,
    seal: Seal,
    name: string,
    fence: bigint,
    owner: Uint8Array,
    expected: ExpectedVersion,
  ): Promise<Fence> {
    const plaintext = new Writer().u64(fence).bytes(owner).finish();
    const bytes = seal.seal(sealedName(name, codec), plaintext);
    const [version] = await store.write([{ kind: "put", name, expected, bytes }]);
    return new Fence(store, seal, name, fence, version);
  }
}

/**
 * Opens the fence `name`: whoever held it is overtaken. `seal`: under the at-rest root of the peer that it is about. Two openers never get the same
 * number, also where a write fails and takes place all the same.
 *
 * @throws snapshot-invalid where the stored one can't be read; nonce-exhausted at 2^64 - 1; what the store throws: the fence may then have been
 * raised, but nobody holds it
 */
export function openFence(store: Store, seal: Seal, name: string): Promise<Fence> {
  return Fence.open(store, seal, name);
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
