import { toHex } from "../bytes/index.js";
import { disposeRestoration, type LineageName, type RestorationState } from "../session/index.js";
import { openFence } from "./fence.js";
import { HeldRestoration } from "./held-restoration.js";
import { LineageRows, type LineageStoreParts } from "./lineage-rows.js";
import type { StoredRestoration } from "./restoration-codec.js";
import { restorationFormat, type RestorationRows } from "./restoration-rows.js";
import { surplus } from "./surplus.js";

/** A lineage that was taken, and what was kept of it. */
export interface TakenRestoration {
  readonly hold: HeldRestoration;
  /** The caller disposes the secrets. Undefined where nothing was kept. */
  readonly state: RestorationState | undefined;
}

/** Keeps in a store what sessions are restored from, sealed. @see PROTOCOL, section 20.7 */
export class StoredRestorations {
  readonly #parts: LineageStoreParts;
  readonly #rows: RestorationRows;

  constructor(parts: LineageStoreParts) {
    this.#parts = parts;
    this.#rows = new LineageRows(parts, restorationFormat);
  }

  /** What is kept under the name (16 bytes) of one of its sessions. The caller disposes the secrets. @throws as a store's `get` */
  find(name: Uint8Array): Promise<RestorationState | undefined> {
    return this.#rows.find(name);
  }

  /** What is kept of lineages with a peer (its public key, 32 bytes), the one that was saved last in front. The caller disposes the secrets. @throws as a store's `entries` */
  withPeer(peer: Uint8Array): Promise<StoredRestoration[]> {
    return this.#rows.withPeer(peer);
  }

  /** Takes a lineage: whoever holds it is overtaken. `expiresAt`: when nothing of it can be left (wall clock, milliseconds since 1970). @throws as `openFence` */
  async take({ peer, lineage }: LineageName, expiresAt: number): Promise<TakenRestoration> {
    const { store, sealFor } = this.#parts;
    const fence = await openFence(store, sealFor(peer), `fence/${toHex(peer)}/${toHex(lineage)}`, expiresAt);
    const { state, versions } = await this.#rows.read({ peer, lineage });
    return { hold: new HeldRestoration(fence, this.#rows, { peer, lineage }, versions), state };
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
    this.#rows.reseed();
  }
}
