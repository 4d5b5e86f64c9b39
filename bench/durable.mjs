// Durable sends on LMDB: each resolves when the message is on the disk.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { Identity, SessionManager } from "../dist/index.js";
import { LmdbStore } from "../dist/stores/lmdb-store.js";
import { withFolder } from "./folder.mjs";
import { inRounds } from "./measure.mjs";

const message = randomBytes(256);

/** Sends a second, where each of `channels` waits for one before its next. */
async function togetherRate(channels, time) {
  const begin = performance.now();
  let sent = 0;
  const work = async channel => {
    while (performance.now() - begin < time) {
      await channel.send(message);
      sent++;
    }
  };
  await Promise.all(channels.map(work));
  return (sent * 1000) / (performance.now() - begin);
}

/** The same messages one at a time, so that each has a transaction of its own. */
async function inTurnRate(channels, time) {
  const begin = performance.now();
  let sent = 0;
  for (; performance.now() - begin < time; sent++) await channels[sent % channels.length].send(message);
  return (sent * 1000) / (performance.now() - begin);
}

/** Writes a second, each of them a transaction that is on the disk before the next begins. */
function synchronousRate(database, time) {
  const begin = performance.now();
  let sent = 0;
  for (; performance.now() - begin < time; sent++) database.putSync(sent, message);
  return (sent * 1000) / (performance.now() - begin);
}

function withChannels(sessions, use) {
  return withFolder(async folder => {
    const store = await LmdbStore.open({ path: join(folder, "ours") });
    const raw = openLmdb({ path: join(folder, "raw"), overlappingSync: false });
    const manager = new SessionManager({ identity: Identity.generate(), store });
    try {
      const peers = Array.from({ length: sessions }, () => Identity.generate().id);
      return { pairs: await use(await Promise.all(peers.map(peer => manager.durable(peer))), raw) };
    } finally {
      await manager.close();
      await store.close();
      await raw.close();
    }
  });
}

/** All at once beside one at a time. */
export const besideInTurn = ({ rounds, time }, sessions) =>
  withChannels(sessions, channels =>
    inRounds(rounds, [() => togetherRate(channels, time), () => inTurnRate(channels, time)]),
  );

/** All at once beside LMDB itself, which seals nothing. */
export const besideLmdb = ({ rounds, time }, sessions) =>
  withChannels(sessions, (channels, raw) =>
    inRounds(rounds, [() => togetherRate(channels, time), () => synchronousRate(raw, time)]),
  );
