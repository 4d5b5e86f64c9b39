// What is stored of sessions on LMDB: how much it is, and how long it takes to open.
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { anyone, Identity, SessionManager } from "../dist/index.js";
import { defaultProvider as provider } from "../dist/hazmat.js";
import { Secret } from "../dist/bytes/index.js";
import { GroupCommit, sealUnder, StateSealer, StoredResumptions } from "../dist/persistence/index.js";
import { resumptionName } from "../dist/session/index.js";
import { LmdbStore } from "../dist/stores/lmdb-store.js";
import { memoryConnector, memoryListener } from "../dist/transports/memory.js";
import { withFolder } from "./folder.mjs";

/** Bytes of names and values in a store. */
async function bytesIn(store) {
  let bytes = 0;
  for await (const { name, bytes: value } of store.entries("")) bytes += name.length + value.length;
  return bytes;
}

const storedSessions = 400;

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
  return { pairs: [[ours, file]] };
}

async function countOf(store, prefix) {
  let count = 0;
  for await (const entry of store.entries(prefix)) if (entry !== undefined) count++;
  return count;
}

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
async function keepMany(path, identity, count) {
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
  for (let left = count; left > 0; left -= 2_000) {
    const saves = Array.from({ length: Math.min(left, 2_000) }, save);
    await Promise.all(saves);
  }
  await store.close();
  return names;
}

const hex = bytes => Buffer.from(bytes).toString("hex");

async function measureOpenings(folder, { rounds, sessions = 100_000 }) {
  const path = join(folder, "store");
  const identity = Identity.generate();
  const names = await keepMany(path, identity, sessions);
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
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
  return { pairs };
}

/** Bytes of one live session of many, each with a peer of its own, beside what the file has for it. */
export const storedBytes = () => withFolder(measureBytes);

/** Seconds for all of them: looked up by the name that a peer asks for, and opened, beside only read. */
export const openings = settings => withFolder(folder => measureOpenings(folder, settings));
