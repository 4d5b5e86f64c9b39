import { fromHex, toHex } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { StoredEntry } from "../ports/index.js";
import { disposeRestoration, type LineageName, type RestorationState } from "../session/index.js";
import { openFence } from "./fence.js";
import { HeldRestoration } from "./held-restoration.js";
import { clockIdLength } from "./progress-codec.js";
import type { StoredRestoration } from "./restoration-codec.js";
import { nameOf, RestorationRows } from "./restoration-rows.js";
import { decodePointer, resumptionCodec } from "./resumption-codec.js";
import { sealedName } from "./seal.js";
import { surplus } from "./surplus.js";
import type { StoredResumptionsParts } from "./stored-resumptions.js";

/** A lineage that was taken, and what was kept of it. */
export interface TakenRestoration {
  readonly hold: HeldRestoration;
  /** The caller disposes the secrets. Undefined where nothing was kept. */
  readonly state: RestorationState | undefined;
}

/** Keeps in a store what sessions are restored from, sealed. @see PROTOCOL, section 20.7 */
export class StoredRestorations {
  readonly #parts: StoredResumptionsParts;
  #drawnClock: Uint8Array | undefined;

  constructor(parts: StoredResumptionsParts) {
    this.#parts = parts;
  }

  /** What is kept under the name (16 bytes) of one of its sessions. The caller disposes the secrets. @throws as a store's `get` */
  async find(name: Uint8Array): Promise<RestorationState | undefined> {
    const { store, own, sealFor, onError } = this.#parts;
    const pointer = nameOf(name);
    const entry = await store.get(pointer);
    if (entry === undefined) return undefined;
    let lineage: LineageName;
    try {
      lineage = decodePointer(sealFor(own).open(sealedName(pointer, resumptionCodec), entry.bytes));
    } catch (error) {
      if (!SessionError.is(error, "snapshot-invalid")) throw error;
      onError(error);
      return undefined;
    }
    const { state } = await this.#rows(lineage).read();
    return state;
  }

  /** What is kept of lineages with a peer (its public key, 32 bytes), the one that was saved last in front. The caller disposes the secrets. @throws as a store's `entries` */
  async withPeer(peer: Uint8Array): Promise<StoredRestoration[]> {
    const found: StoredRestoration[] = [];
    for await (const { lineage, entry } of this.#entries(peer)) {
      const state = this.#rows({ peer, lineage }).open(entry);
      if (state !== undefined) found.push(state);
    }
    return found.sort((a, b) => b.savedAt - a.savedAt);
  }

  /** Takes a lineage: whoever holds it is overtaken. `expiresAt`: when nothing of it can be left (wall clock, milliseconds since 1970). @throws as `openFence` */
  async take(lineage: LineageName, expiresAt: number): Promise<TakenRestoration> {
    const { store, sealFor } = this.#parts;
    const rows = this.#rows(lineage);
    const fence = await openFence(store, sealFor(lineage.peer), rows.fenceName, expiresAt);
    const found = await rows.read();
    return { hold: new HeldRestoration(fence, rows, found), state: found.state };
  }

  /**
   * Forgets what was saved first of the peer's, where there are as many as there may be, but nothing that `isLive` (64 hexadecimal digits). What a process elsewhere goes on with
   * meanwhile it finds taken. @throws what the store throws
   */
  async makeRoom(peer: Uint8Array, isLive: (lineage: string) => boolean): Promise<void> {
    const states = await this.withPeer(peer);
    for (const state of states) disposeRestoration(state);
    for (const state of surplus(states, isLive)) {
      const { hold, state: taken } = await this.take(state, state.at.wall + state.lineageLeft);
      disposeRestoration(taken);
      await hold.forget();
    }
  }

  /** What tells this run of the process from others is drawn anew. */
  reseed(): void {
    this.#drawnClock = undefined;
  }

  async *#entries(
    peer: Uint8Array,
  ): AsyncGenerator<{ readonly lineage: Uint8Array; readonly entry: StoredEntry }, void, undefined> {
    const prefix = `restoration/${toHex(peer)}/`;
    for await (const entry of this.#parts.store.entries(prefix)) {
      const lineage = fromHex(entry.name.slice(prefix.length));
      if (lineage?.length === 32) yield { lineage, entry };
    }
  }

  #rows(lineage: LineageName): RestorationRows {
    this.#drawnClock ??= Uint8Array.from(this.#parts.random(clockIdLength));
    return new RestorationRows(this.#parts, lineage, this.#drawnClock);
  }
}
