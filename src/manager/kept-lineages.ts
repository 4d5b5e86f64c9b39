import {
  GroupCommit,
  HeldResumptions,
  sealUnder,
  StateSealer,
  StoredRestorations,
  StoredResumptions,
} from "../persistence/index.js";
import type { Instant, Store } from "../ports/index.js";
import { managerDefaults } from "./manager-defaults.js";
import type { OpeningSettings } from "./opening-context.js";
import { SessionLineages } from "./session-lineages.js";
import { SessionRestorations } from "./session-restorations.js";

/** What a manager keeps of its sessions' lineages. */
export interface KeptLineages {
  readonly lineages: SessionLineages;
  /** Where sessions carry on after the process. */
  readonly restorations: SessionRestorations | undefined;
}

/** The lineages of a manager: kept in its store, sealed, or as long as it lasts where it has none. `full`: so that sessions carry on without a handshake. */
export function keptLineages(
  { provider, random, clock, identity, floor, limits }: OpeningSettings,
  store: Store | undefined,
  full: boolean,
  onError: (error: unknown) => void,
): KeptLineages {
  const now = (): Instant => clock.now();
  if (store === undefined) {
    const held = new HeldResumptions(provider, now, managerDefaults.heldLineages);
    return { lineages: new SessionLineages(held, onError), restorations: undefined };
  }
  const sealer = new StateSealer(provider, random);
  const grouped = full ? new GroupCommit(store, later(clock)) : store;
  const parts = {
    store: grouped,
    provider,
    random,
    sealFor: (peer: Uint8Array) => sealUnder(sealer, random, () => identity.atRestRoot(peer)),
    own: identity.publicKey,
    now,
    onError,
  };
  if (!full)
    return { lineages: new SessionLineages(new StoredResumptions(parts), onError), restorations: undefined };
  const stored = new StoredRestorations(parts);
  const restorations = new SessionRestorations({ stored, store: grouped, floor, limits, now, onError });
  const kept = new StoredResumptions({
    ...parts,
    write: (lineage, writes) => restorations.write(lineage, writes),
    isLive: lineage => restorations.isLive(lineage),
  });
  return { lineages: new SessionLineages(kept, onError), restorations };
}

/** What is asked for in one turn of the event loop goes into one transaction. */
function later(clock: OpeningSettings["clock"]): { later?: (begin: () => void) => void } {
  return clock.yield === undefined ? {} : { later: begin => clock.yield?.(begin) };
}
