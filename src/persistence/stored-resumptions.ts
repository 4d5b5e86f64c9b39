import type { StoreWrite } from "../ports/index.js";
import {
  disposeState,
  resumptionName,
  type LineageName,
  type LineageProgress,
  type ResumptionState,
} from "../session/index.js";
import {
  deletesOf,
  LineageRows,
  type LineageFormat,
  type LineageStoreParts,
  type RowsFound,
} from "./lineage-rows.js";
import { QueueByName } from "./queue-by-name.js";
import { decodeLineage, encodeLineage, lineageCodec, type StoredLineage } from "./resumption-codec.js";
import type { Resumptions } from "./resumptions.js";
import { surplus } from "./surplus.js";

/** What a store of what lineages are resumed from is made with. */
export interface StoredResumptionsParts extends LineageStoreParts {
  /** Carries out writes about a lineage, where whoever has been overtaken must not write. Default: the store does. */
  readonly write?: (lineage: LineageName, writes: readonly StoreWrite[]) => Promise<unknown>;
  /** Whether a session goes on with the lineage (64 hexadecimal digits): it is not forgotten to make room. */
  readonly isLive?: (lineage: string) => boolean;
}

const format: LineageFormat<ResumptionState, StoredLineage> = {
  kind: "lineage",
  pointerKind: "resumption",
  codec: lineageCodec,
  decode: decodeLineage,
  names: (provider, { secrets }) => secrets.map(secret => resumptionName(provider, secret)),
  dispose: disposeState,
};

/**
 * Keeps lineages in a store, sealed: one value for each lineage, and one for each name under which a peer may ask for it. All of a lineage
 * is written in one transaction, and forgotten by the store itself when the lineage is over.
 *
 * @see PROTOCOL, section 18.5
 */
export class StoredResumptions implements Resumptions {
  readonly #parts: StoredResumptionsParts;
  readonly #rows: LineageRows<ResumptionState, StoredLineage>;
  /** By lineage. */
  readonly #queue = new QueueByName();

  constructor(parts: StoredResumptionsParts) {
    this.#parts = parts;
    this.#rows = new LineageRows(parts, format);
  }

  async save(state: ResumptionState): Promise<void> {
    try {
      await this.#inTurn(state, async ({ versions }) => {
        if (!this.#isThere(state, versions)) await this.#makeRoom(state);
        await this.#replace(state, versions);
      });
    } finally {
      disposeState(state);
    }
  }

  progress(lineage: LineageName, progress: LineageProgress): Promise<void> {
    return this.#inTurn(lineage, async ({ state, versions }) => {
      if (state !== undefined) await this.#replace({ ...state, ...progress }, versions);
    });
  }

  forget(lineage: LineageName): Promise<void> {
    return this.#inTurn(lineage, async ({ versions }) => {
      if (this.#isThere(lineage, versions)) await this.#write(lineage, deletesOf(versions));
    });
  }

  find(name: Uint8Array): Promise<ResumptionState | undefined> {
    return this.#rows.find(name);
  }

  withPeer(peer: Uint8Array): Promise<ResumptionState[]> {
    return this.#rows.withPeer(peer);
  }

  reseed(): void {
    this.#rows.reseed();
  }

  settled(): Promise<void> {
    return this.#queue.settled();
  }

  close(): Promise<void> {
    return this.settled();
  }

  /** Runs `write` with what is stored of the lineage, after all that was asked for before. */
  #inTurn(lineage: LineageName, write: (found: RowsFound<StoredLineage>) => Promise<void>): Promise<void> {
    return this.#queue.run(this.#rows.nameOf(lineage), async () => {
      const found = await this.#rows.read(lineage);
      try {
        await write(found);
      } finally {
        disposeState(found.state);
      }
    });
  }

  #isThere(lineage: LineageName, versions: RowsFound<StoredLineage>["versions"]): boolean {
    return versions.get(this.#rows.nameOf(lineage)) !== undefined;
  }

  /** Forgets what was saved first, where there are as many lineages with the peer as there may be. */
  async #makeRoom({ peer }: ResumptionState): Promise<void> {
    const states = await this.withPeer(peer);
    for (const state of states) disposeState(state);
    for (const state of surplus(states, this.#parts.isLive ?? (() => false))) await this.forget(state);
  }

  /** What was there may have been unreadable, and names that lead to `state` may be there all the same. */
  async #replace(state: ResumptionState, versions: RowsFound<StoredLineage>["versions"]): Promise<void> {
    const names = this.#rows.namesOf(state).filter(name => !versions.has(name));
    const present = new Map([...versions, ...(await this.#rows.versionsOf(names))]);
    const plaintext = encodeLineage(state, this.#rows.clock);
    await this.#write(state, this.#rows.writesOf(state, plaintext, present));
  }

  async #write(lineage: LineageName, writes: readonly StoreWrite[]): Promise<void> {
    const { store, write } = this.#parts;
    await (write === undefined ? store.write(writes) : write(lineage, writes));
  }
}
