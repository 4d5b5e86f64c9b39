import type { LineageName, LineageProgress, ResumptionState } from "../session/index.js";

/**
 * Keeps what lineages are resumed from: in a store, or as long as the process lasts. What is found is the caller's, who disposes the
 * secrets.
 */
export interface Resumptions {
  /** Keeps `state`, in the place of what was kept of that lineage. Takes over its secrets. @throws store-conflict, store-failed and what else a store can run into */
  save(state: ResumptionState): Promise<void>;
  /** Counts on what is kept of a lineage. @throws as `save` */
  progress(lineage: LineageName, progress: LineageProgress): Promise<void>;
  /** Forgets a lineage: it cannot be resumed any more. @throws as `save` */
  forget(lineage: LineageName): Promise<void>;
  /** What is kept under the name (16 bytes) of one of its secrets. @throws as a store's `get` */
  find(name: Uint8Array): Promise<ResumptionState | undefined>;
  /** What is kept of lineages with a peer (its public key, 32 bytes), the one that was saved last in front. @throws as a store's `entries` */
  withPeer(peer: Uint8Array): Promise<ResumptionState[]>;
  /** What tells this run of the process from others is drawn anew. */
  reseed(): void;
  /** Resolves when what was asked for so far is over, well or not. */
  settled(): Promise<void>;
  /** As `settled`, and erases what only the process holds. */
  close(): Promise<void>;
}
