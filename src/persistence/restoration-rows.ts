import { equalConstantTime, toHex } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { ExpectedVersion, StoredValue, StoreWrite } from "../ports/index.js";
import {
  disposeRestoration,
  type LineageName,
  restorationName,
  type RestorationState,
} from "../session/index.js";
import {
  decodeRestoration,
  encodeRestoration,
  restorationCodec,
  type StoredRestoration,
  type WriteMark,
} from "./restoration-codec.js";
import { encodePointer, resumptionCodec } from "./resumption-codec.js";
import { sealedName } from "./seal.js";
import type { StoredResumptionsParts } from "./stored-resumptions.js";

/** What the store has of a lineage. */
export interface RowsFound {
  /** The caller disposes the secrets. Undefined also where it cannot be read, which has been told. */
  readonly state: StoredRestoration | undefined;
  /** Of the row, and of the names that lead to it. */
  readonly versions: ReadonlyMap<string, ExpectedVersion>;
}

/** The rows of one lineage in the store: the state, and a name for each session that a peer may ask for. */
export class RestorationRows {
  readonly #parts: StoredResumptionsParts;
  readonly #lineage: LineageName;
  readonly #clock: Uint8Array;
  readonly name: string;
  /** Of the fence. */
  readonly fenceName: string;

  constructor(parts: StoredResumptionsParts, lineage: LineageName, clock: Uint8Array) {
    this.#parts = parts;
    this.#lineage = lineage;
    this.#clock = clock;
    const of = `${toHex(lineage.peer)}/${toHex(lineage.lineage)}`;
    this.name = `restoration/${of}`;
    this.fenceName = `fence/${of}`;
  }

  /** @throws as a store's `get` */
  async read(): Promise<RowsFound> {
    const { store } = this.#parts;
    const stored = await store.get(this.name);
    const state = stored && this.open(stored);
    const versions = new Map<string, ExpectedVersion>([[this.name, stored?.version]]);
    for (const name of state === undefined ? [] : this.names(state))
      versions.set(name, (await store.get(name))?.version);
    return { state, versions };
  }

  /** What is stored; undefined where it cannot be read, which is told. */
  open(stored: StoredValue): StoredRestoration | undefined {
    const { sealFor, now, onError } = this.#parts;
    const { peer, lineage } = this.#lineage;
    try {
      const plaintext = sealFor(peer).open(sealedName(this.name, restorationCodec), stored.bytes);
      try {
        const state = decodeRestoration(plaintext, this.#clock, now());
        if (equalConstantTime(state.peer, peer) && equalConstantTime(state.lineage, lineage)) return state;
        disposeRestoration(state);
        throw new SessionError(
          "snapshot-invalid",
          "The stored restoration is another one than its name says.",
        );
      } finally {
        plaintext.fill(0);
      }
    } catch (error) {
      if (!SessionError.is(error, "snapshot-invalid")) throw error;
      onError(error);
      return undefined;
    }
  }

  /** One transaction: the state, the names that lead to it now, and not those that did. */
  writesOf(
    state: RestorationState,
    mark: WriteMark,
    versions: ReadonlyMap<string, ExpectedVersion>,
  ): readonly StoreWrite[] {
    const { sealFor, own } = this.#parts;
    const expiresAt = state.at.wall + Math.floor(state.lineageLeft);
    const plaintext = encodeRestoration(state, mark, this.#clock);
    const bytes = sealFor(state.peer).seal(sealedName(this.name, restorationCodec), plaintext);
    plaintext.fill(0);
    const writes: StoreWrite[] = [
      { kind: "put", name: this.name, expected: versions.get(this.name), bytes, expiresAt },
    ];
    const wanted = this.names(state);
    for (const name of wanted) {
      const pointer = sealFor(own).seal(sealedName(name, resumptionCodec), encodePointer(state));
      writes.push({ kind: "put", name, expected: versions.get(name), bytes: pointer, expiresAt });
    }
    for (const [name, expected] of versions)
      if (name !== this.name && expected !== undefined && !wanted.includes(name))
        writes.push({ kind: "delete", name, expected });
    return writes;
  }

  names({ sessions }: RestorationState): string[] {
    return sessions.map(({ restore }) => nameOf(restorationName(this.#parts.provider, restore)));
  }
}

/** Where a name (16 bytes) stands in the store. */
export function nameOf(name: Uint8Array): string {
  return `restore/${toHex(name)}`;
}
