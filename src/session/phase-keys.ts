import { copySecret } from "../bytes/index.js";
import { chainsOf } from "./direction-chains.js";
import type { EstablishedConfig, PhaseKeys } from "./established-phase.js";
import type { HandshakeResult } from "./handshake.js";
import { KeptGenerations } from "./kept-generations.js";
import { firstRoot, restoreSecrets, sessionId, splitRoot } from "./key-schedule.js";
import { OrdinaryRecords } from "./ordinary-records.js";
import type { RestorableSession } from "./restoration-state.js";
import { RestoredRecords, type RestoredRecordsOptions } from "./restored-records.js";
import { suites, type SuiteName } from "./suites.js";

/** The keys of a handshake's result, whose chaining key is taken over and erased. */
export function handshakeKeys(config: EstablishedConfig, result: HandshakeResult): PhaseKeys {
  const { provider, role, ordering, grace, renewals, restorable } = config;
  const { handshakeHash, chainingKey, peer, suite } = result;
  const id = sessionId(provider, handshakeHash);
  const root = firstRoot(provider, chainingKey, handshakeHash);
  chainingKey.dispose();
  const restore = restorable ? restoreSecrets(provider, root, id, 0) : undefined;
  const secrets = splitRoot(provider, root, id, 0);
  const { exporter, nextRoot, resumption } = secrets;
  const scope = { provider, sessionId: id, ordering, grace, renewals };
  const records = new OrdinaryRecords(scope, 0, chainsOf(secrets, role));
  const kept = restore && new KeptGenerations({ generation: 0, restore, nextRoot: copySecret(nextRoot) });
  return { id, peer, suite, generation: 0, exporter, nextRoot, resumption, records, kept };
}

/** The keys of a session that is restored: copies of what was kept of it. */
export function restoredKeys(
  config: EstablishedConfig,
  from: RestorableSession,
  { peer, suite }: { readonly peer: Uint8Array; readonly suite: SuiteName },
  how: Pick<RestoredRecordsOptions, "fence" | "peer" | "answers">,
): PhaseKeys & { readonly records: RestoredRecords } {
  const { provider, random, role, ordering, grace, renewals } = config;
  const { session: id, generation, restore } = from;
  const copies = (): RestorableSession["restore"] => ({
    initiator: copySecret(restore.initiator),
    responder: copySecret(restore.responder),
  });
  const scope = { provider, sessionId: id, ordering, grace, renewals };
  const records = new RestoredRecords(scope, { ...how, random, role, generation, secrets: copies() });
  const kept = new KeptGenerations({ generation, restore: copies(), nextRoot: copySecret(from.nextRoot) });
  const [exporter, nextRoot] = [copySecret(from.exporter), copySecret(from.nextRoot)];
  return {
    id,
    peer,
    suite: suites[suite],
    generation,
    exporter,
    nextRoot,
    resumption: undefined,
    records,
    kept,
  };
}
