import { equalConstantTime, toHex, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { ExpectedVersion, Instant, Store, StoredValue, StoreWrite } from "../ports/index.js";
import type { LineageName, LineageProgress } from "../session/index.js";
import { clockIdLength } from "./progress-codec.js";
import { decodePointer, encodePointer, resumptionCodec } from "./resumption-codec.js";
import { sealedName, type Seal } from "./seal.js";

/** What a store of lineages is made with. */
export interface LineageStoreParts {
  readonly store: Store;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** What seals what is stored about a peer (its public key, 32 bytes). */
  readonly sealFor: (peer: Uint8Array) => Seal;
  /** This end's own public key: the names that lead to rows are sealed under its root. */
  readonly own: Uint8Array;
  readonly now: () => Instant;
  /** Told what cannot be read. */
  readonly onError: (error: unknown) => void;
}

/** How one kind of state is stored. `Stored`: what is read of a `State`. */
export interface LineageFormat<State, Stored> {
  /** The first part of the names of rows. */
  readonly kind: string;
  /** The first part of the names that lead to rows. */
  readonly pointerKind: string;
  readonly codec: number;
  /** @throws snapshot-invalid */
  readonly decode: (bytes: Uint8Array, clock: Uint8Array, now: Instant) => Stored;
  /** The names (16 bytes each) under which a peer may ask for it. */
  readonly names: (provider: CryptoProvider, state: State) => Uint8Array[];
  /** Erases its secrets. */
  readonly dispose: (state: State | undefined) => void;
}

/** What the store has of a lineage. */
export interface RowsFound<Stored> {
  /** The caller disposes the secrets. Undefined also where it cannot be read, which has been told. */
  readonly state: Stored | undefined;
  /** Of the row, which is in front, and of the names that lead to it. */
  readonly versions: ReadonlyMap<string, ExpectedVersion>;
}

/** The rows of lineages in a store, sealed: a state for each, and a name for each way in which a peer may ask for it. */
export class LineageRows<
  State extends LineageName & LineageProgress,
  Stored extends State & { readonly savedAt: number },
> {
  readonly #parts: LineageStoreParts;
  readonly #format: LineageFormat<State, Stored>;
  #drawnClock: Uint8Array | undefined;

  constructor(parts: LineageStoreParts, format: LineageFormat<State, Stored>) {
    this.#parts = parts;
    this.#format = format;
  }

  /** The id of this run's monotonic clock. */
  get clock(): Uint8Array {
    return (this.#drawnClock ??= Uint8Array.from(this.#parts.random(clockIdLength)));
  }

  /** What tells this run of the process from others is drawn anew. */
  reseed(): void {
    this.#drawnClock = undefined;
  }

  /** Where a lineage's row stands. */
  nameOf({ peer, lineage }: LineageName): string {
    return `${this.#format.kind}/${toHex(peer)}/${toHex(lineage)}`;
  }

  /** Where the names stand that lead to `state`. */
  namesOf(state: State): string[] {
    return this.#format.names(this.#parts.provider, state).map(name => this.#pointerOf(name));
  }

  /** What is stored under a name (16 bytes). The caller disposes the secrets. @throws as a store's `get` */
  async find(name: Uint8Array): Promise<Stored | undefined> {
    const { store, own, sealFor } = this.#parts;
    const pointer = this.#pointerOf(name);
    const entry = await store.get(pointer);
    const lineage =
      entry &&
      this.#readable(() =>
        decodePointer(sealFor(own).open(sealedName(pointer, resumptionCodec), entry.bytes)),
      );
    if (lineage === undefined) return undefined;
    const row = this.nameOf(lineage);
    const state = this.#open(row, lineage.peer, await store.get(row));
    if (state === undefined || this.namesOf(state).includes(pointer)) return state;
    // One of both is older than the other: somebody has put a part of the store back.
    this.#format.dispose(state);
    return undefined;
  }

  /** What is stored of lineages with a peer (its public key, 32 bytes), the one that was saved last in front. The caller disposes the secrets. @throws as a store's `entries` */
  async withPeer(peer: Uint8Array): Promise<Stored[]> {
    const found: Stored[] = [];
    for await (const entry of this.#parts.store.entries(`${this.#format.kind}/${toHex(peer)}/`)) {
      const state = this.#open(entry.name, peer, entry);
      if (state !== undefined) found.push(state);
    }
    return found.sort((a, b) => b.savedAt - a.savedAt);
  }

  /** @throws as a store's `get` */
  async read(lineage: LineageName): Promise<RowsFound<Stored>> {
    const name = this.nameOf(lineage);
    const stored = await this.#parts.store.get(name);
    const state = this.#open(name, lineage.peer, stored);
    const pointers = state === undefined ? [] : this.namesOf(state);
    return { state, versions: new Map([[name, stored?.version], ...(await this.versionsOf(pointers))]) };
  }

  /** What the store has under `names`. @throws as a store's `get` */
  async versionsOf(names: readonly string[]): Promise<[string, ExpectedVersion][]> {
    const versions: [string, ExpectedVersion][] = [];
    for (const name of names) versions.push([name, (await this.#parts.store.get(name))?.version]);
    return versions;
  }

  /** One transaction: `state`, encoded as `plaintext`, which is erased; the names that lead to it now, and not those of `versions` that did. */
  writesOf(
    state: State,
    plaintext: Uint8Array,
    versions: ReadonlyMap<string, ExpectedVersion>,
  ): readonly StoreWrite[] {
    const { sealFor, own } = this.#parts;
    const expiresAt = state.at.wall + Math.floor(state.lineageLeft);
    const put = (name: string, bytes: Uint8Array): StoreWrite => ({
      kind: "put",
      name,
      expected: versions.get(name),
      bytes,
      expiresAt,
    });
    const row = this.nameOf(state);
    const sealed = sealFor(state.peer).seal(sealedName(row, this.#format.codec), plaintext);
    plaintext.fill(0);
    const pointers = this.namesOf(state).map(name =>
      put(name, sealFor(own).seal(sealedName(name, resumptionCodec), encodePointer(state))),
    );
    const puts = [put(row, sealed), ...pointers];
    const kept = new Set(puts.map(({ name }) => name));
    return [...puts, ...deletesOf([...versions].filter(([name]) => !kept.has(name)))];
  }

  #pointerOf(name: Uint8Array): string {
    return `${this.#format.pointerKind}/${toHex(name)}`;
  }

  #open(name: string, peer: Uint8Array, stored: StoredValue | undefined): Stored | undefined {
    const { sealFor, now } = this.#parts;
    const { kind, codec, decode, dispose } = this.#format;
    return (
      stored &&
      this.#readable(() => {
        const plaintext = sealFor(peer).open(sealedName(name, codec), stored.bytes);
        try {
          const state = decode(plaintext, this.clock, now());
          if (equalConstantTime(state.peer, peer) && this.nameOf(state) === name) return state;
          dispose(state);
          throw new SessionError("snapshot-invalid", `The stored ${kind} is another one than its name says.`);
        } finally {
          plaintext.fill(0);
        }
      })
    );
  }

  /** What cannot be read is told, and as good as not there: the full handshake remains. */
  #readable<Result>(read: () => Result): Result | undefined {
    try {
      return read();
    } catch (error) {
      if (!SessionError.is(error, "snapshot-invalid")) throw error;
      this.#parts.onError(error);
      return undefined;
    }
  }
}

/** Removes those of `versions` that are there. */
export function deletesOf(versions: Iterable<readonly [string, ExpectedVersion]>): StoreWrite[] {
  return [...versions].flatMap(([name, expected]) =>
    expected === undefined ? [] : [{ kind: "delete", name, expected } as const],
  );
}
