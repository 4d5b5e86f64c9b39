import { HeldResumptions, sealUnder, StateSealer, StoredResumptions } from "../persistence/index.js";
import type { Instant, Store } from "../ports/index.js";
import { managerDefaults } from "./manager-defaults.js";
import type { OpeningSettings } from "./manager-options.js";
import { SessionLineages } from "./session-lineages.js";

/** The lineages of a manager: kept in its store, sealed, or as long as it lasts where it has none. */
export function keptLineages(
  { provider, random, clock, identity }: OpeningSettings,
  store: Store | undefined,
  onError: (error: unknown) => void,
): SessionLineages {
  const now = (): Instant => clock.now();
  if (store === undefined)
    return new SessionLineages(new HeldResumptions(provider, now, managerDefaults.heldLineages), onError);
  const sealer = new StateSealer(provider, random);
  const kept = new StoredResumptions({
    store,
    provider,
    random,
    sealFor: peer => sealUnder(sealer, random, () => identity.atRestRoot(peer)),
    own: identity.publicKey,
    now,
    onError,
  });
  return new SessionLineages(kept, onError);
}
