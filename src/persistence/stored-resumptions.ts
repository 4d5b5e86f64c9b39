import { equalConstantTime, toHex, type RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Instant, Store, StoredValue, StoreWrite } from "../ports/index.js";
import {
  disposeState,
  type LineageName,
  type LineageProgress,
  resumptionName,
  type ResumptionState,
} from "../session/index.js";
import { clockIdLength } from "./progress-codec.js";
import {
  decodeLineage,
  decodePointer,
  encodeLineage,
  encodePointer,
  lineageCodec,
  resumptionCodec,
  type StoredLineage,
} from "./resumption-codec.js";
import { QueueByName } from "./queue-by-name.js";
import type { Resumptions } from "./resumptions.js";
import { sealedName, type Seal } from "./seal.js";
import { surplus } from "./surplus.js";

/** What a store of lineages is made with. */
export interface StoredResumptionsParts {
  readonly store: Store;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  /** What seals what is stored about a peer (its public key, 32 bytes). */
  readonly sealFor: (peer: Uint8Array) => Seal;
  /** This end's own public key: names of resumptions are sealed under its root. */
  readonly own: Uint8Array;
  readonly now: () => Instant;
  /** Told what cannot be read. */
  readonly onError: (error: unknown) => void;
  /** Carries out writes about a lineage, where whoever has been overtaken must not write. Default: the store does. */
  readonly write?: (lineage: LineageName, writes: readonly StoreWrite[]) => Promise<unknown>;
  /** Whether a session goes on with the lineage (64 hexadecimal digits): it is not forgotten to make room. */
  readonly isLive?: (lineage: string) => boolean;
}

/**
 * Keeps lineages in a store, sealed: one value for each lineage, and one for each name under which a peer may ask for it. All of a lineage
 * is written in one transaction, and forgotten by the store itself when the lineage is over.
 *
 * @see PROTOCOL, section 18.5
 */
export class StoredResumptions implements Resumptions {
  readonly #parts: StoredResumptionsParts;
  #drawnClock: Uint8Array | undefined;
  /** By lineage. */
  readonly #queue = new QueueByName();

  constructor(parts: StoredResumptionsParts) {
    this.#parts = parts;
  }

  async save(state: ResumptionState): Promise<void> {
    try {
      await this.#inTurn(state, async stored => {
        if (stored === undefined) await this.#makeRoom(state);
        await this.#replace(state, stored);
      });
    } finally {
      disposeState(state);
    }
  }

  progress(lineage: LineageName, progress: LineageProgress): Promise<void> {
    return this.#inTurn(lineage, async stored => {
      const kept = this.#tryOpen(lineage, stored);
      if (kept === undefined) return;
      try {
        await this.#replace({ ...kept, ...progress }, stored);
      } finally {
        disposeState(kept);
      }
    });
  }

  forget(lineage: LineageName): Promise<void> {
    return this.#inTurn(lineage, async stored => {
      if (stored === undefined) return;
      const names = await this.#namesOf(lineage, stored);
      const writes = [...names].flatMap(([name, version]) =>
        version === undefined ? [] : [{ kind: "delete", name, expected: version } as const],
      );
      const last = { kind: "delete", name: lineageName(lineage), expected: stored.version } as const;
      await this.#write(lineage, [last, ...writes]);
    });
  }

  async find(name: Uint8Array): Promise<ResumptionState | undefined> {
    const { store, onError } = this.#parts;
    const pointerName = nameOf(name);
    const entry = await store.get(pointerName);
    if (entry === undefined) return undefined;
    let lineage: LineageName;
    try {
      const { own, sealFor } = this.#parts;
      lineage = decodePointer(sealFor(own).open(sealedName(pointerName, resumptionCodec), entry.bytes));
    } catch (error) {
      if (!SessionError.is(error, "snapshot-invalid")) throw error;
      onError(error);
      return undefined;
    }
    const state = this.#tryOpen(lineage, await store.get(lineageName(lineage)));
    if (state === undefined || this.#names(state).includes(pointerName)) return state;
    // One of both is older than the other: somebody has put a part of the store back.
    disposeState(state);
    return undefined;
  }

  async withPeer(peer: Uint8Array): Promise<ResumptionState[]> {
    const prefix = `lineage/${toHex(peer)}/`;
    const found: StoredLineage[] = [];
    for await (const entry of this.#parts.store.entries(prefix)) {
      const state = this.#tryOpenNamed(entry.name, peer, entry);
      if (state !== undefined) found.push(state);
    }
    return found.sort((a, b) => b.savedAt - a.savedAt);
  }

  reseed(): void {
    this.#drawnClock = undefined;
  }

  settled(): Promise<void> {
    return this.#queue.settled();
  }

  close(): Promise<void> {
    return this.settled();
  }

  /** The id of this run's monotonic clock. */
  get #clock(): Uint8Array {
    return (this.#drawnClock ??= Uint8Array.from(this.#parts.random(clockIdLength)));
  }

  /** Runs `write` with what is stored of the lineage, after all that was asked for before. */
  #inTurn(
    lineage: LineageName,
    write: (stored: StoredValue | undefined) => void | Promise<void>,
  ): Promise<void> {
    const name = lineageName(lineage);
    return this.#queue.run(name, async () => write(await this.#parts.store.get(name)));
  }

  /** Forgets what was saved first, where there are as many lineages with the peer as there may be. */
  async #makeRoom({ peer }: ResumptionState): Promise<void> {
    const states = await this.withPeer(peer);
    for (const state of states) disposeState(state);
    for (const state of surplus(states, this.#parts.isLive ?? (() => false))) await this.forget(state);
  }

  /** One transaction: the lineage, the names that lead to it now, and not those that did. */
  async #replace(state: ResumptionState, stored: StoredValue | undefined): Promise<void> {
    const { store, sealFor, own } = this.#parts;
    const names =
      stored === undefined ? new Map<string, string | undefined>() : await this.#namesOf(state, stored);
    const wanted = this.#names(state);
    for (const name of wanted) if (!names.has(name)) names.set(name, (await store.get(name))?.version);
    const expiresAt = state.at.wall + Math.floor(state.lineageLeft);
    const put = (name: string, expected: string | undefined, bytes: Uint8Array): StoreWrite => ({
      kind: "put",
      name,
      expected,
      bytes,
      expiresAt,
    });
    const name = lineageName(state);
    const plaintext = encodeLineage(state, this.#clock);
    const sealed = sealFor(state.peer).seal(sealedName(name, lineageCodec), plaintext);
    plaintext.fill(0);
    const writes = [put(name, stored?.version, sealed)];
    for (const [pointer, version] of names) {
      if (wanted.includes(pointer)) {
        const bytes = sealFor(own).seal(sealedName(pointer, resumptionCodec), encodePointer(state));
        writes.push(put(pointer, version, bytes));
      } else if (version !== undefined) {
        writes.push({ kind: "delete", name: pointer, expected: version });
      }
    }
    await this.#write(state, writes);
  }

  async #write(lineage: LineageName, writes: readonly StoreWrite[]): Promise<void> {
    const { store, write } = this.#parts;
    await (write === undefined ? store.write(writes) : write(lineage, writes));
  }

  /** The names under which what is stored can be asked for, and the version that each has. None where it cannot be read. */
  async #namesOf(lineage: LineageName, stored: StoredValue): Promise<Map<string, string | undefined>> {
    const state = this.#tryOpen(lineage, stored);
    const names = new Map<string, string | undefined>();
    if (state === undefined) return names;
    const found = this.#names(state);
    disposeState(state);
    for (const name of found) names.set(name, (await this.#parts.store.get(name))?.version);
    return names;
  }

  #names({ secrets }: ResumptionState): string[] {
    return secrets.map(secret => nameOf(resumptionName(this.#parts.provider, secret)));
  }

  #tryOpen(lineage: LineageName, stored: StoredValue | undefined): StoredLineage | undefined {
    return stored && this.#tryOpenNamed(lineageName(lineage), lineage.peer, stored);
  }

  /** What cannot be read is told, and as good as not there: the full handshake remains. */
  #tryOpenNamed(name: string, peer: Uint8Array, stored: StoredValue): StoredLineage | undefined {
    const { sealFor, now, onError } = this.#parts;
    try {
      const plaintext = sealFor(peer).open(sealedName(name, lineageCodec), stored.bytes);
      try {
        const state = decodeLineage(plaintext, this.#clock, now());
        if (equalConstantTime(state.peer, peer) && lineageName(state) === name) return state;
        disposeState(state);
        throw new SessionError("snapshot-invalid", "The stored lineage is another one than its name says.");
      } finally {
        plaintext.fill(0);
      }
    } catch (error) {
      if (!SessionError.is(error, "snapshot-invalid")) throw error;
      onError(error);
      return undefined;
    }
  }
}

function lineageName({ peer, lineage }: LineageName): string {
  return `lineage/${toHex(peer)}/${toHex(lineage)}`;
}

function nameOf(name: Uint8Array): string {
  return `resumption/${toHex(name)}`;
}
