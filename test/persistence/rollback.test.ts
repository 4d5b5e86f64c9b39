import { describe, expect, it } from "vitest";
import type { DurableChannel } from "../../src/manager/index.js";
import type { Connection, Store, StoredEntry, StoreWrite, WriteOptions } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { channelPair, Host, identities, restored, settle, snapshot, take, texts } from "./durable-support.js";
import { SealOracle } from "./seal-oracle.js";

/** Both disks as they were after one write, and what the receiver's application had done by then. */
interface Moment {
  readonly sender: readonly StoredEntry[];
  readonly receiver: readonly StoredEntry[];
  readonly effects: readonly string[];
}

/** Calls `after` when each write is durable. */
class NotedStore implements Store {
  readonly transactional = true;
  readonly #store = new MemoryStore();
  readonly #after: () => Promise<void>;

  constructor(after: () => Promise<void>) {
    this.#after = after;
  }

  get(name: string) {
    return this.#store.get(name);
  }

  async write(writes: readonly StoreWrite[], options?: WriteOptions) {
    const versions = await this.#store.write(writes, options);
    await this.#after();
    return versions;
  }

  entries(prefix: string, options?: { readonly after?: string }) {
    return this.#store.entries(prefix, options);
  }

  close() {
    return this.#store.close();
  }
}

/** `connection`, of which every frame that goes out is noted. */
function captured(connection: Connection, frames: Uint8Array[]): Connection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === "write")
        return (frame: Uint8Array) => {
          frames.push(Uint8Array.from(frame));
          return target.write(frame);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as () => void).bind(target) : value;
    },
  });
}

/** The application: acts on each message in the transaction of its acknowledgement. */
async function work(channel: DurableChannel, effects: string[]): Promise<void> {
  try {
    for await (const message of channel)
      await message.ack({ alongside: () => effects.push(`${message.id} ${message.text()}`) });
  } catch {
    // The process has ended.
  }
}

/** Connects `from` to `to`, and again when that was quarantined, until messages pass. Everything that goes out is noted. */
async function meet(from: Host, to: Host, wire: Uint8Array[][], times = 3): Promise<void> {
  for (let i = 0; i < times; i++) {
    const frames: Uint8Array[] = [];
    wire.push(frames);
    await to.accepting();
    const connection = await to.listener.connect(new AbortController().signal);
    const connector = { remote: "b", connect: () => Promise.resolve(captured(connection, frames)) };
    const session = await from.manager.connect(connector, { peer: to.identity.id });
    await settle();
    if (session.state.name !== "ended") return;
  }
}

describe("a store that is put back", () => {
  it("S1 S10 after every write: clones that run together and a receiver that is put back repeat no nonce, deliver nothing twice, and are told", async () => {
    const [me, you] = identities();
    const oracle = new SealOracle();
    const provider = oracle.provider();
    const moments: Moment[] = [];
    const wire: Uint8Array[][] = [];
    const effects: string[] = [];
    const disks: { a?: Store; b?: Store } = {};
    const note = async (): Promise<void> => {
      if (disks.a === undefined || disks.b === undefined) return;
      const [sender, receiver] = [await snapshot(disks.a), await snapshot(disks.b)];
      moments.push({ sender, receiver, effects: [...effects] });
    };
    disks.a = new NotedStore(note);
    disks.b = new NotedStore(note);
    const a = new Host(me, disks.a, { provider });
    const b = new Host(you, disks.b, { provider });
    const sending = await a.manager.durable(you.id);
    void work(await b.manager.durable(me.id), effects);
    await sending.send("first, with no session");
    await meet(a, b, wire);
    for (const text of ["second", "third"]) await sending.send(text);
    await settle();
    const last = moments.length;
    expect(last).toBeGreaterThan(10);
    for (const text of ["fourth", "fifth", "sixth"]) await sending.send(text);
    await settle();
    expect(effects).toHaveLength(6);
    await a.manager.close();
    await b.manager.close();

    let told = 0;
    for (const [k, moment] of moments.slice(0, last).entries()) {
      // The clones speak with the receiver as it is, then with one that was put back.
      const live = await restored(moments.at(-1)!.receiver);
      const liveEffects = [...moments.at(-1)!.effects];
      const receiver = new Host(you, live, { provider });
      void work(await receiver.manager.durable(me.id), liveEffects);
      const clones = await Promise.all(
        ["x", "y"].map(async name => {
          const host = new Host(me, await restored(moment.sender), { provider });
          const channel = await host.manager.durable(you.id);
          for (const n of [1, 2, 3]) await channel.send(`${name}${n}`);
          return { name, host, channel };
        }),
      );
      const mine: Uint8Array[][] = [];
      await Promise.all(clones.map(({ host }) => meet(host, receiver, mine)));
      // Each again, since the other has taken a higher fence meanwhile.
      for (const { host } of clones) await meet(host, receiver, mine);
      await settle();
      const check = (done: readonly string[], of: string): void => {
        const ids = done.map(effect => effect.split(" ", 1)[0]);
        expect(new Set(ids).size, `${of}, write ${k}`).toBe(ids.length);
      };
      check(liveEffects, "the receiver as it is");
      for (const { name } of clones)
        expect(
          liveEffects.map(effect => effect.split(" ")[1]).filter(text => text!.startsWith(name)),
          `write ${k}`,
        ).toEqual([1, 2, 3].map(n => `${name}${n}`));
      const events = [receiver, ...clones.map(({ host }) => host)];
      expect(events.flatMap(host => host.of("quarantined")).length, `write ${k}`).toBeGreaterThan(0);
      for (const { host } of clones) told += host.of("quarantined").length;

      // The receiver is put back, and everything that ever went over a wire is played to it.
      await receiver.manager.close();
      const backEffects = [...moment.effects];
      const back = new Host(you, await restored(moment.receiver), { provider });
      void work(await back.manager.durable(me.id), backEffects);
      await back.accepting();
      for (const frames of [...wire, ...mine]) {
        const connection = await back.listener.connect(new AbortController().signal);
        connection.start({ frame: () => undefined, drain: () => undefined, end: () => undefined });
        for (const frame of frames) connection.write(frame);
      }
      await settle();
      expect(backEffects, `write ${k}`).toEqual(moment.effects);
      for (const { host } of clones) await meet(host, back, mine);
      await settle();
      check(backEffects, "the receiver that was put back");
      // What the clones' messages were before, the receiver has forgotten: both ends are told.
      for (const { host } of clones) expect(host.of("lost").length, `write ${k}`).toBeGreaterThan(0);
      expect(back.of("lost").length, `write ${k}`).toBeGreaterThan(0);
      await Promise.all([back, ...clones.map(({ host }) => host)].map(({ manager }) => manager.close()));
    }
    expect(told).toBeGreaterThan(last);
    expect(oracle.seals).toBeGreaterThan(1_000);
    expect(oracle.repeats).toBe(0);
  }, 120_000);

  it("S2 a second store instance that rewinds the sender: quarantined at both ends, nothing is sent under the old numbers, and it goes on", async () => {
    const [me, you] = identities();
    const disk = new MemoryStore();
    const a = new Host(me, disk);
    const b = new Host(you, new MemoryStore());
    const channel = await a.manager.durable(you.id);
    const receiving = await b.manager.durable(me.id);
    await a.connect(b);
    await channel.send("one");
    await take(receiving, 1);
    await settle();
    const old = await snapshot(disk);
    await channel.send("two");
    await take(receiving, 1);
    await a.manager.close();
    const a2 = new Host(me, await restored(old));
    const again = await a2.manager.durable(you.id);
    await again.send("another two");
    const session = await a2.connect(b);
    const end = await session.ended;
    expect(end).toMatchObject({
      kind: "quarantined",
      error: { code: "session-quarantined", category: "peer-misbehaved", recovery: "rehandshake" },
    });
    await settle();
    expect(a2.of("quarantined").some(({ regression }) => regression?.whose === "own")).toBe(true);
    expect(b.of("quarantined")).toHaveLength(1);
    expect(b.of("ended").at(-1)).toMatchObject({ end: { kind: "quarantined" } });
    await expect(session.send("x")).rejects.toMatchObject({ code: "session-quarantined" });
    await a2.connect(b);
    expect(texts(await take(receiving, 1))).toEqual(["another two"]);
    expect(a2.of("quarantined").length + b.of("quarantined").length).toBe(2);
  });

  it("S2 a receiver that is rewound: the loss is told at both ends with its range, once, and it goes on", async () => {
    const [me, you] = identities();
    const disk = new MemoryStore();
    const a = new Host(me, new MemoryStore());
    const b = new Host(you, disk);
    const channel = await a.manager.durable(you.id);
    const receiving = await b.manager.durable(me.id);
    await a.connect(b);
    await channel.send("one");
    await take(receiving, 1);
    const old = await snapshot(disk);
    await channel.send("two");
    const { id } = await channel.send("three");
    await take(receiving, 2);
    await settle();
    await b.manager.close();
    const b2 = new Host(you, await restored(old));
    const again = await b2.manager.durable(me.id);
    await a.connect(b2);
    await channel.send("four");
    expect(texts(await take(again, 1))).toEqual(["four"]);
    const range = { incarnation: id.slice(0, 32), first: 2, last: 3 };
    expect(a.of("lost")).toMatchObject([{ direction: "sent", cause: "peer-forgot", peer: you.id, ...range }]);
    expect(b2.of("lost")).toMatchObject([
      { direction: "received", cause: "forgotten", peer: me.id, ...range },
    ]);
    await a.connect(b2);
    await settle();
    expect([...a.of("lost"), ...b2.of("lost")]).toHaveLength(2);
  });

  it("S3 two processes on one store: the later opener has the channel, the earlier one can neither send nor acknowledge", async () => {
    const [me, you] = identities();
    const store = new MemoryStore();
    const peer = new Host(you, new MemoryStore());
    const theirs = await peer.manager.durable(me.id);
    for (const text of ["one", "two"]) await theirs.send(text);
    const first = new Host(me, store);
    const earlier = await first.manager.durable(you.id);
    await first.connect(peer);
    const held = (await earlier.receive())!;
    const second = new Host(me, store);
    const later = await second.manager.durable(you.id);
    let effects = 0;
    await expect(held.ack({ alongside: () => effects++ })).rejects.toMatchObject({ code: "store-fenced" });
    expect(effects).toBe(0);
    await expect(earlier.send("x")).rejects.toMatchObject({ code: "store-fenced" });
    await second.connect(peer);
    expect(texts(await take(later, 2))).toEqual(["one", "two"]);
  });

  it("S3 an opening that was overtaken, and meets a peer that has seen the later one: fenced, and no alarm is raised", async () => {
    const { me, you, a: first, b: peer, sending: earlier, receiving: theirs } = await channelPair();
    await first.connect(peer);
    await earlier.send("one");
    await theirs.send("to the first");
    expect(texts(await take(earlier, 1))).toEqual(["to the first"]);
    const second = new Host(me, first.store);
    const later = await second.manager.durable(you.id);
    await second.connect(peer);
    await later.send("two");
    await theirs.send("to the second");
    expect(texts(await take(theirs, 2))).toEqual(["one", "two"]);
    expect(texts(await take(later, 1))).toEqual(["to the second"]);
    await settle();
    const session = await first.connect(peer);
    await expect(earlier.receive()).rejects.toMatchObject({ code: "store-fenced" });
    await settle();
    expect(session.state.name).toBe("active");
    for (const host of [first, second, peer])
      expect([...host.of("quarantined"), ...host.of("lost")]).toEqual([]);
    await later.send("three");
    expect(texts(await take(theirs, 1))).toEqual(["three"]);
  });
});
