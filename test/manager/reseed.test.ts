import { describe, expect, it } from "vitest";
import { Secret } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { anyone, Identity, SessionManager } from "../../src/manager/index.js";
import type { Connection, Store } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { SeededRandom } from "../../src/testing/seeded-random.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { channelPair, Host, settle, take, texts } from "../persistence/durable-support.js";
import { SealOracle } from "../persistence/seal-oracle.js";

/** `connection`, whose frames are noted when they go out. */
function noted(connection: Connection, frames: Uint8Array[]): Connection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === "write")
        return (frame: Uint8Array) => (frames.push(Uint8Array.from(frame)), target.write(frame));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as () => void).bind(target) : value;
    },
  });
}

const identityOf = (name: string): Identity =>
  Identity.fromSecretKey(Secret.take(new SeededRandom(7, name).bytes(32)));

/** Its randomness, its clock and what it is told are the same in each run: two runs are copies of one memory, till something differs. */
class Life {
  readonly #clock = new FakeClock();
  readonly #listener = memoryListener();
  readonly #peerRandom = { source: new SeededRandom(7, "peer's random") };
  readonly me = identityOf("me");
  readonly you = identityOf("you");
  readonly manager: SessionManager;
  readonly #peer: SessionManager;
  readonly heard: string[] = [];

  constructor(oracle: SealOracle) {
    const provider = oracle.provider(nodeProvider);
    const options = () => ({
      provider,
      clock: this.#clock,
      store: new MemoryStore({ now: () => this.#clock.now().wall }),
    });
    const mine = new SeededRandom(7, "my random");
    this.manager = new SessionManager({ ...options(), identity: this.me, random: n => mine.bytes(n) });
    const theirs = this.#peerRandom;
    this.#peer = new SessionManager({
      ...options(),
      identity: this.you,
      random: n => theirs.source.bytes(n),
    });
  }

  /** Sends over a session and a durable channel. */
  async begin() {
    await this.#peer.accept(this.#listener, { allow: anyone });
    void this.#take();
    const session = await this.manager.connect(this.connector, { peer: this.you.id });
    const channel = await this.manager.durable(this.you.id);
    await session.send("before");
    await channel.send("before");
    await settle();
    return { session, channel };
  }

  get connector() {
    return memoryConnector(this.#listener);
  }

  /** The peer is no copy: what it draws from now on is its own. */
  apart(name: string): void {
    this.#peerRandom.source = new SeededRandom(7, name);
  }

  async close(): Promise<void> {
    this.#clock.advance(60_000);
    await Promise.all([this.manager.close(), this.#peer.close()]);
  }

  async #take(): Promise<void> {
    for await (const message of await this.#peer.durable(this.me.id)) {
      this.heard.push(message.text());
      await message.ack();
    }
  }
}

type Begun = Awaited<ReturnType<Life["begin"]>>;

/** Runs one life twice, and `then` after it has begun, with another name each time. */
async function cloned(then: (life: Life, begun: Begun, name: string) => Promise<string[]>) {
  const oracle = new SealOracle();
  const ids: string[][] = [];
  const lives: Life[] = [];
  for (const name of ["x", "y"]) {
    const life = new Life(oracle);
    lives.push(life);
    const begun = await life.begin();
    life.apart(name);
    const before = begun.session.id;
    ids.push([before, ...(await then(life, begun, name))]);
    await settle();
    await life.close();
  }
  return { oracle, ids, heard: lives.map(({ heard }) => heard) };
}

describe("S1 S10 a process whose running memory was copied", () => {
  const goOn = async (life: Life, { channel }: Begun, name: string): Promise<string[]> => {
    const frames: Uint8Array[] = [];
    const connector = {
      remote: "peer",
      connect: async (signal: AbortSignal) => noted(await life.connector.connect(signal), frames),
    };
    const session = await life.manager.resume(connector, { peer: life.you.id });
    await session.send(`session ${name}`);
    const { id } = await channel.send(`durable ${name}`);
    await settle();
    return [session.id, id, Buffer.from(frames[0]!).toString("hex")];
  };

  it("uses keys and nonces twice as long as neither copy knows of it", async () => {
    const { oracle, ids } = await cloned(async (_, { session, channel }, name) => {
      await session.send(`session ${name}`);
      return [(await channel.send(`durable ${name}`)).id];
    });
    expect(ids[0]).toEqual(ids[1]);
    expect(oracle.repeats).toBeGreaterThan(1);
  });

  it("uses none twice after each has been told: keys, session ids and message ids are its own", async () => {
    const { oracle, ids, heard } = await cloned(async (life, begun, name) => {
      await life.manager.reseed({ entropy: new SeededRandom(1, name).bytes(32) });
      return goOn(life, begun, name);
    });
    expect(ids[0]![0]).toBe(ids[1]![0]);
    expect(ids[0]![1]).not.toBe(ids[1]![1]);
    expect(ids[0]![2]!.slice(0, 32)).not.toBe(ids[1]![2]!.slice(0, 32));
    expect(ids[0]![3]).not.toBe(ids[1]![3]);
    expect(heard).toEqual([
      ["before", "durable x"],
      ["before", "durable y"],
    ]);
    expect(oracle.repeats).toBe(0);
  });

  it("asks the kernel where nobody gives it anything, since its own generator was copied, too", async () => {
    const { oracle, ids } = await cloned(async (life, begun, name) => {
      await life.manager.reseed();
      return goOn(life, begun, name);
    });
    expect(ids[0]![1]).not.toBe(ids[1]![1]);
    expect(oracle.repeats).toBe(0);
  });
});

describe("reseed", () => {
  it("S10 ends every session without a word, and they are resumed with fresh keys", async () => {
    const { a, b } = await channelPair();
    await b.accepting();
    const frames: Uint8Array[] = [];
    const path = noted(await b.listener.connect(new AbortController().signal), frames);
    const connector = { remote: "b", connect: () => Promise.resolve(path) };
    const session = await a.manager.connect(connector, { peer: b.identity.id });
    await settle();
    const written = frames.length;
    const reseeding = a.manager.reseed();
    expect(session.state.name).toBe("ended");
    expect(a.manager.sessions()).toEqual([]);
    await expect(session.send("x")).rejects.toMatchObject({ code: "session-closed" });
    expect(() => session.encrypt(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: "session-closed" }),
    );
    await reseeding;
    await settle();
    expect(frames).toHaveLength(written);
    const cause = expect.objectContaining({ code: "connection-lost" }) as unknown;
    expect(await session.ended).toMatchObject({ kind: "truncated", error: { cause } });
    expect(b.of("ended").at(-1)).toMatchObject({ end: { kind: "truncated" } });
    const again = await a.manager.resume(memoryConnector(b.listener), {
      peer: b.identity.id,
      fallback: false,
    });
    expect(again.resumed?.from).toBe(session.id);
    expect([...a.errors, ...b.errors]).toEqual([]);
  });

  it("S10 has ended all sessions before it tells of one", async () => {
    const { a, b } = await channelPair();
    const sessions = [await a.connect(b), await a.connect(b), await b.connect(a)];
    await settle();
    const states: string[] = [];
    for (const session of sessions.slice(0, 2))
      session.on("ended", () => states.push(...sessions.slice(0, 2).map(({ state }) => state.name)));
    await a.manager.reseed();
    expect(states).toEqual(["ended", "ended", "ended", "ended"]);
    expect(a.manager.sessions()).toEqual([]);
  });

  it("S10 throws pending handshakes away, of either role; what comes later succeeds", async () => {
    const { a, b } = await channelPair();
    const silent = memoryListener();
    await silent.listen(() => undefined);
    const connecting = a.manager.connect(memoryConnector(silent), { peer: b.identity.id });
    await a.accepting();
    const caller = await a.listener.connect(new AbortController().signal);
    let ended = false;
    caller.start({ frame: () => undefined, drain: () => undefined, end: () => (ended = true) });
    await settle();
    expect(a.manager.metrics().handshakes).toBe(1);
    await a.manager.reseed();
    await expect(connecting).rejects.toMatchObject({ code: "connection-lost" });
    await settle();
    expect(ended).toBe(true);
    expect(a.manager.metrics().handshakes).toBe(0);
    await b.connect(a);
    await a.connect(b);
  });

  it("S10 a durable channel goes on under a higher fence and another incarnation, and what waits is sent", async () => {
    const { a, b, sending, receiving } = await channelPair();
    const { id } = await sending.send("one");
    const reseeding = a.manager.reseed();
    // Asked for before the new incarnation is stored: it is the first message of it.
    const second = sending.send("two");
    await reseeding;
    const ids = [id, (await second).id, (await sending.send("three")).id];
    expect(ids[1]!.slice(0, 32)).not.toBe(id.slice(0, 32));
    expect(ids.slice(1).map(each => each.split(":")[1])).toEqual(["1", "2"]);
    await a.connect(b);
    expect(texts(await take(receiving, 3))).toEqual(["one", "two", "three"]);
    await a.manager.reseed();
    await a.connect(b);
    await sending.send("four");
    await receiving.send("back");
    expect(texts(await take(receiving, 1))).toEqual(["four"]);
    expect(texts(await take(sending, 1))).toEqual(["back"]);
    expect([...a.of("quarantined"), ...b.of("quarantined"), ...b.of("lost")]).toEqual([]);
  });

  it("S10 a durable channel that is being opened meanwhile begins with a new incarnation", async () => {
    const opening = new MemoryStore();
    let goOn = (): void => undefined;
    const held = new Promise<void>(resolve => (goOn = resolve));
    const store = new Proxy<Store>(opening, {
      get(target, name) {
        // What comes after the fence was taken, and its owner drawn.
        if (name === "entries")
          return async function* (prefix: string) {
            await held;
            yield* target.entries(prefix);
          };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value as () => void).bind(target) : value;
      },
    });
    const random = new SeededRandom(3);
    const drawn: string[] = [];
    const host = new Host(Identity.generate(), store, {
      random: length => {
        const bytes = random.bytes(length);
        drawn.push(Buffer.from(bytes).toString("hex"));
        return bytes;
      },
    });
    const peer = Identity.generate().id;
    const channel = host.manager.durable(peer);
    await settle();
    const fence = async () => (await opening.get(`fence/${peer}`))!.version;
    const taken = await fence();
    const reseeding = host.manager.reseed();
    goOn();
    const { id } = await (await channel).send("x");
    expect(await fence()).not.toBe(taken);
    await reseeding;
    expect(drawn).not.toContain(id.slice(0, 32));
  });

  it("wants randomness from outside the process: where the platform has none, or too little is given, nothing has changed", async () => {
    const provider = { ...nodeProvider, entropy: () => undefined };
    const { a, b } = await channelPair();
    const host = new Host(Identity.generate(), new MemoryStore(), { provider });
    const session = await host.connect(b);
    await expect(host.manager.reseed()).rejects.toMatchObject({ code: "invalid-argument" });
    const entropy = new Uint8Array(31);
    await expect(host.manager.reseed({ entropy })).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(a.manager.reseed({ entropy })).rejects.toMatchObject({ code: "invalid-argument" });
    expect(session.state.name).toBe("active");
    const given = new Uint8Array(32).fill(1);
    await host.manager.reseed({ entropy: given });
    expect(given).toEqual(new Uint8Array(32).fill(1));
    expect(session.state.name).toBe("ended");
    await host.manager.close();
    await expect(host.manager.reseed({ entropy: given })).rejects.toMatchObject({ code: "session-closed" });
  });
});
