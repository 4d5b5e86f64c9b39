// Rows about what outlives a process, on LMDB in a folder of this checkout: what a disk does is part of the figures.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { open as openLmdb } from "lmdb";
import { anyone, Identity, SessionManager } from "bowline";
import { defaultProvider as provider } from "bowline/hazmat";
import { LmdbStore } from "bowline/stores/lmdb";
import { memoryConnector, memoryListener } from "bowline/transports/memory";
import { Secret } from "../dist/bytes/index.js";
import { GroupCommit, sealUnder, StateSealer, StoredResumptions } from "../dist/persistence/index.js";
import { resumptionName } from "../dist/session/index.js";
import { summary } from "./compare.mjs";

const cache = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));

/** Runs `use` with an empty folder on the disk of this checkout. */
async function withFolder(use) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "bowline-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const roundTime = 700;
const sendRounds = 7;
const message = randomBytes(256);

/** Sends a second, where each of `channels` waits for one before its next. */
async function durableRate(channels) {
  const begin = performance.now();
  let sent = 0;
  const work = async channel => {
    while (performance.now() - begin < roundTime) {
      await channel.send(message);
      sent++;
    }
  };
  await Promise.all(channels.map(work));
  return (sent * 1000) / (performance.now() - begin);
}

/** Writes a second, each of them a transaction that is on the disk before the next begins. */
function synchronousRate(database) {
  const begin = performance.now();
  let sent = 0;
  for (; performance.now() - begin < roundTime; sent++) database.putSync(sent, message);
  return (sent * 1000) / (performance.now() - begin);
}

function durableSends(sessions) {
  const row = {
    name: `durable-send-${sessions}`,
    what: `durable sends of ${message.length} B, ${sessions} channel${sessions === 1 ? "" : "s"}, group commit, LMDB`,
    beside: "lmdb, one synchronous write for each, not sealed",
    unit: "/s",
  };
  return {
    ...row,
    measure: () =>
      withFolder(async folder => {
        const store = await LmdbStore.open({ path: join(folder, "ours") });
        const raw = openLmdb({ path: join(folder, "raw"), overlappingSync: false });
        const manager = new SessionManager({ identity: Identity.generate(), store });
        const peers = Array.from({ length: sessions }, () => Identity.generate().id);
        const channels = await Promise.all(peers.map(peer => manager.durable(peer)));
        const pairs = [];
        for (let round = 0; round < sendRounds; round++)
          pairs.push([await durableRate(channels), synchronousRate(raw)]);
        await manager.close();
        await store.close();
        await raw.close();
        return summary(row, pairs);
      }),
  };
}

/** Bytes of names and values in a store. */
async function bytesIn(store) {
  let bytes = 0;
  for await (const { name, bytes: value } of store.entries("")) bytes += name.length + value.length;
  return bytes;
}

const storedSessions = 400;

const bytesStored = {
  name: "stored-bytes",
  what: `names and sealed bytes stored for one live session (of ${storedSessions}, each with a peer of its own)`,
  beside: "LMDB's file, for one",
  unit: "B",
};

async function measureBytes(folder) {
  const path = join(folder, "store");
  const store = await LmdbStore.open({ path });
  const identity = Identity.generate();
  const server = new SessionManager({ identity, store, floor: "classic" });
  const listener = memoryListener();
  await server.accept(listener, { allow: anyone });
  const clients = [];
  for (let i = 0; i < storedSessions; i++) {
    const client = new SessionManager({ identity: Identity.generate(), floor: "classic", prefer: "classic" });
    const session = await client.connect(memoryConnector(listener), { peer: identity.id });
    await session.send("x");
    clients.push(client);
  }
  while ((await countOf(store, "lineage/")) < storedSessions) await sleep(20);
  const ours = (await bytesIn(store)) / storedSessions;
  const file = statSync(join(path, "data.mdb")).size / storedSessions;
  for (const client of clients) await client.close();
  await server.close();
  await store.close();
  return summary(bytesStored, [[ours, file]]);
}

async function countOf(store, prefix) {
  let count = 0;
  for await (const entry of store.entries(prefix)) if (entry !== undefined) count++;
  return count;
}

const openings = 100_000;

const open100k = {
  name: "open-100k",
  what: "100,000 stored sessions: the store opened, each looked up by the name that a peer asks for, and opened",
  beside: "the same two values of each read, not opened",
  unit: "s",
};

/** The lineages of a manager, kept in `store`. */
function resumptionsIn(store, identity) {
  const { random } = provider;
  const sealer = new StateSealer(provider, random);
  return new StoredResumptions({
    ...{ store, provider, random, own: identity.publicKey },
    sealFor: peer => sealUnder(sealer, random, () => identity.atRestRoot(peer)),
    now: () => ({ wall: Date.now(), monotonic: performance.now() }),
    onError: error => {
      throw error;
    },
  });
}

/** Keeps so many lineages, each with a peer of its own; the names under which they are asked for. */
async function keepMany(path, identity) {
  const store = await LmdbStore.open({ path });
  const kept = resumptionsIn(new GroupCommit(store), identity);
  const names = [];
  const counts = { messages: 1n, bytes: 100n, records: 2n, rotations: 0 };
  const save = () => {
    const secret = Secret.take(provider.random(32));
    const lineage = provider.random(32);
    const peer = provider.dh.generateKeyPair(provider.random).publicKey;
    names.push([resumptionName(provider, secret), peer, lineage]);
    return kept.save({
      ...{ lineage, session: lineage, peer, role: "responder", suite: "IK" },
      ...{ lineageLeft: 10 * 86_400_000, at: { wall: Date.now(), monotonic: performance.now() } },
      totals: { sent: counts, received: counts, generations: 0, renewals: 0, resumptions: 0 },
      secrets: [secret],
    });
  };
  for (let left = openings; left > 0; left -= 2_000) {
    const saves = Array.from({ length: Math.min(left, 2_000) }, save);
    await Promise.all(saves);
  }
  await store.close();
  return names;
}

const hex = bytes => Buffer.from(bytes).toString("hex");

async function measureOpenings(folder) {
  const path = join(folder, "store");
  const identity = Identity.generate();
  const names = await keepMany(path, identity);
  const pairs = [];
  for (let round = 0; round < 3; round++) {
    const begin = performance.now();
    const store = await LmdbStore.open({ path });
    const kept = resumptionsIn(store, identity);
    for (const [name] of names) for (const secret of (await kept.find(name)).secrets) secret.dispose();
    const between = performance.now();
    for (const [name, peer, lineage] of names) {
      await store.get(`resumption/${hex(name)}`);
      await store.get(`lineage/${hex(peer)}/${hex(lineage)}`);
    }
    pairs.push([(between - begin) / 1000, (performance.now() - between) / 1000]);
    await store.close();
  }
  return summary(open100k, pairs);
}

export const durableRows = [
  durableSends(1),
  durableSends(64),
  { ...bytesStored, measure: () => withFolder(measureBytes) },
  { ...open100k, measure: () => withFolder(measureOpenings) },
];
