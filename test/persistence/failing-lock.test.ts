import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import type { Store, StoreWrite, WriteOptions } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { memoryConnector } from "../../src/transports/memory.js";
import { Host, identities, settle } from "./durable-support.js";
import { SealOracle } from "./seal-oracle.js";

/** What two processes share: a store whose compare-and-swap fails open, so that everybody's write takes place, whatever stands there. */
class LyingStore implements Store {
  readonly transactional = true;
  readonly #store: Store;
  /** Writes that took place and should not have. */
  let = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get: Store["get"] = name => this.#store.get(name);
  entries: Store["entries"] = (prefix, options) => this.#store.entries(prefix, options);
  close = (): Promise<void> => Promise.resolve();

  async write(writes: readonly StoreWrite[], options?: WriteOptions) {
    try {
      return await this.#store.write(writes, options);
    } catch (error) {
      if (!SessionError.is(error, "store-conflict")) throw error;
      this.let++;
      const truthful: StoreWrite[] = [];
      for (const write of writes) {
        const present = (await this.#store.get(write.name))?.version;
        if (write.kind === "put") truthful.push({ ...write, expected: present });
        else if (write.kind === "delete" && present !== undefined)
          truthful.push({ ...write, expected: present });
      }
      const versions = await this.#store.write(truthful, options);
      return writes.map(({ name, kind, expected }) => {
        const at = truthful.findIndex(write => write.name === name);
        return kind === "require" ? expected : versions[at];
      });
    }
  }
}

/** A peer that accepts, and processes of one identity that share a store without a lock. */
async function scene() {
  const [me, you] = identities();
  const oracle = new SealOracle();
  const provider = oracle.provider();
  const disk = new LyingStore(new MemoryStore());
  const peer = new Host(you, new MemoryStore(), { provider });
  await peer.accepting();
  return { me, you, oracle, disk, peer, process: () => new Host(me, disk, { provider }) };
}

describe("S4 two processes on one store, and the lock between them fails", () => {
  it("resume one lineage, both at once and one after the other: no key and nonce twice, no id twice", async () => {
    const { you, oracle, disk, peer, process } = await scene();
    const first = process();
    const session = await first.connect(peer);
    await session.send("x");
    await settle();
    await first.manager.close();
    const processes = [process(), process()];
    const ids = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const sessions = await Promise.all(
        processes.map(({ manager }) => manager.resume(memoryConnector(peer.listener), { peer: you.id })),
      );
      for (const [i, each] of sessions.entries()) {
        ids.add(each.id);
        await each.send(`of process ${i}, round ${round}`).catch(() => undefined);
      }
      await settle();
      for (const { manager } of processes) for (const live of manager.sessions()) live.advanceEpoch();
      await settle();
    }
    expect(disk.let).toBeGreaterThan(0);
    expect(ids.size).toBe(8);
    expect(oracle.seals).toBeGreaterThan(50);
    expect(oracle.repeats).toBe(0);
  });

  it("hold one durable channel: no key and nonce twice, nothing is delivered twice, and both ends are told when they have met", async () => {
    const { me, you, oracle, disk, peer, process } = await scene();
    const receiving = await peer.manager.durable(me.id);
    const delivered: string[] = [];
    void (async () => {
      for await (const message of receiving) {
        delivered.push(`${message.id} ${message.text()}`);
        await message.ack();
      }
    })();
    const [earlier, later] = [process(), process()];
    // The fence of both is one above what they have read, which is the same.
    const channels = await Promise.all([earlier.manager.durable(you.id), later.manager.durable(you.id)]);
    const ids: string[] = [];
    for (const n of [1, 2, 3])
      for (const [i, channel] of channels.entries()) ids.push((await channel.send(`${"xy"[i]}${n}`)).id);
    expect(disk.let).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    for (let round = 0; round < 3; round++)
      for (const host of [earlier, later]) {
        await host.connect(peer);
        await settle();
      }
    const told = [earlier, later, peer].map(host => host.of("quarantined").length);
    expect(told[2], "the peer").toBeGreaterThan(0);
    expect(told[0]! + told[1]!, "the processes").toBeGreaterThan(0);
    expect(new Set(delivered.map(line => line.split(" ")[0])).size).toBe(delivered.length);
    for (const name of "xy")
      expect(delivered.map(line => line.split(" ")[1]).filter(text => text!.startsWith(name))).toEqual(
        [1, 2, 3].map(n => `${name}${n}`),
      );
    expect(oracle.repeats).toBe(0);
    expect([earlier, later, peer].flatMap(host => host.of("lost"))).toEqual([]);
  });
});
