import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/index.js";
import { aeadKeyByParts, type AeadKey, type CryptoProvider } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { anyone, Identity, SessionManager, type Session } from "../../src/manager/index.js";
import type { Connection, Store, StoredEntry } from "../../src/ports/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryConnector, memoryListener, type MemoryListener } from "../../src/transports/memory.js";
import { pass, settle } from "./support.js";
import type { Options } from "./resume-support.js";

/** Every (key, nonce) that any process seals under, of frames; and whether one came with something else. */
class Oracle {
  readonly #sealed = new Map<string, string>();
  repeats = 0;

  provider(): CryptoProvider {
    const { aead } = nodeProvider;
    const key = (bytes: Uint8Array): AeadKey => {
      const name = toHex(bytes);
      const inner = aead.key(bytes);
      return aeadKeyByParts({
        seal: (nonce, associatedData, plaintext, ciphertext, tag) => {
          const use = `${name} ${toHex(nonce)}`;
          const what = `${toHex(plaintext)} ${toHex(associatedData)}`;
          if ((this.#sealed.get(use) ?? what) !== what) this.repeats++;
          this.#sealed.set(use, what);
          inner.seal(nonce, associatedData, plaintext, ciphertext, tag);
        },
        open: (...args) => inner.open(...args),
        dispose: () => inner.dispose(),
      });
    };
    return { ...nodeProvider, aead: { name: aead.name, key } };
  }
}

async function entriesOf(store: Store): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  for await (const entry of store.entries("")) entries.push(entry);
  return entries;
}

/** A store with the same bytes: what a copied disk is. */
async function storeOf(entries: readonly StoredEntry[], clock: FakeClock): Promise<MemoryStore> {
  const store = new MemoryStore({ now: () => clock.now().wall });
  for (const { name, bytes } of entries)
    await store.write([{ kind: "put", name, expected: undefined, bytes }]);
  return store;
}

/** Remembers what the store was after each write. */
class History implements Store {
  readonly transactional = true;
  readonly #store: Store;
  readonly states: StoredEntry[][] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  get: Store["get"] = name => this.#store.get(name);
  entries: Store["entries"] = (prefix, options) => this.#store.entries(prefix, options);
  write: Store["write"] = async (writes, options) => {
    const versions = await this.#store.write(writes, options);
    this.states.push(await entriesOf(this.#store));
    return versions;
  };
  close = (): Promise<void> => Promise.resolve();
}

/** One life of an end: a process, its store, where it listens. */
interface Life {
  readonly manager: SessionManager;
  readonly listener: MemoryListener;
}

/** Two ends, what went between them, and what came of it. */
class Scene {
  readonly oracle = new Oracle();
  readonly clock = new FakeClock();
  readonly identities = { a: Identity.generate(), b: Identity.generate() };
  /** What each end has received, in all its lives. */
  readonly heard: Record<"a" | "b", string[]> = { a: [], b: [] };
  /** Frames that each end has sent, by path. */
  readonly captured: Record<"a" | "b", Uint8Array[][]> = { a: [], b: [] };
  readonly #lives: SessionManager[] = [];
  readonly #paths: Connection[] = [];

  async begin(of: "a" | "b", store: Store): Promise<Life> {
    const options = { persist: "full", floor: "classic", prefer: "classic" } satisfies Options;
    const { clock } = this;
    const manager = new SessionManager({
      ...options,
      provider: this.oracle.provider(),
      identity: this.identities[of],
      clock,
      store,
    });
    this.#lives.push(manager);
    const listener = memoryListener();
    const acceptor = await manager.accept(listener, { allow: anyone });
    void (async () => {
      for await (const session of acceptor) this.listen(of, session);
    })();
    return { manager, listener };
  }

  listen(of: "a" | "b", session: Session): void {
    void (async () => {
      for await (const message of session) this.heard[of].push(message.text());
    })().catch(() => undefined);
  }

  async connect(of: "a" | "b", from: Life, to: Life): Promise<Session> {
    const other = of === "a" ? "b" : "a";
    const inner = memoryConnector(to.listener);
    const connector = {
      remote: inner.remote,
      connect: async (signal: AbortSignal) => {
        const path = await inner.connect(signal);
        const sent: Uint8Array[] = [];
        this.captured[of].push(sent);
        this.#paths.push(path);
        const write = path.write.bind(path);
        path.write = frame => {
          sent.push(Uint8Array.from(frame));
          return write(frame);
        };
        return path;
      },
    };
    const session = await from.manager.connect(connector, { peer: this.identities[other].id });
    this.listen(of, session);
    await settle();
    return session;
  }

  async cut(): Promise<void> {
    for (const path of this.#paths.splice(0)) path.destroy();
    await settle();
  }

  async end(): Promise<void> {
    await this.cut();
    const closing = this.#lives.map(manager => manager.close());
    await pass(this.clock, 11_000);
    await Promise.all(closing);
  }
}

/** What happens in the life of a session: each step leads to writes. */
const steps: readonly ((session: Session) => Promise<void> | void)[] = [
  () => undefined,
  async session => {
    for (let i = 0; i < 3; i++) await session.send(`early ${i}`);
  },
  session => session.advanceEpoch(),
  session => session.renew(),
  async session => session.send("late"),
];

describe.each(["a", "b"] as const)("the store of %s is copied", victim => {
  it("S1 S2 S5 at each of its writes: no key and nonce repeats, and nothing is delivered twice", async () => {
    let tried = 0;
    for (let k = 0; ; k++) {
      const scene = new Scene();
      const other = victim === "a" ? "b" : "a";
      const now = (): number => scene.clock.now().wall;
      const histories = {
        a: new History(new MemoryStore({ now })),
        b: new History(new MemoryStore({ now })),
      };
      const lives = { a: await scene.begin("a", histories.a), b: await scene.begin("b", histories.b) };
      let session = await scene.connect("a", lives.a, lives.b);
      const mine = (): Session => (victim === "a" ? session : lives.b.manager.sessions()[0]!);
      for (const step of [...steps, "restart" as const]) {
        if (step === "restart") {
          await scene.cut();
          session = await scene.connect("a", lives.a, lives.b);
        } else {
          await step(mine());
          await settle();
        }
        if (histories[victim].states.length > k) break;
      }
      const snapshot = histories[victim].states[k];
      if (snapshot === undefined) {
        await scene.end();
        break;
      }
      const rollBack = histories[other].states.at(-1)!;
      for (let i = 0; i < 3; i++) await mine().send(`${k} first ${i}`);
      await settle();
      await scene.cut();
      const clones = [
        await scene.begin(victim, await storeOf(snapshot, scene.clock)),
        await scene.begin(victim, await storeOf(snapshot, scene.clock)),
      ];
      // The second one meets a receiver that was copied too: it has not seen the first.
      const twin = await scene.begin(other, await storeOf(rollBack, scene.clock));
      const sessions = [
        await scene.connect(victim, clones[0]!, lives[other]),
        await scene.connect(victim, clones[1]!, twin),
      ];
      for (const [of, clone] of sessions.entries())
        for (let i = 0; i < 3; i++) await clone.send(`${k} clone ${of} ${i}`).catch(() => undefined);
      await settle();
      await scene.cut();
      // The receiver's process dies, its store is put back, and all that was recorded comes again.
      const again = await scene.begin(other, await storeOf(rollBack, scene.clock));
      for (const frames of scene.captured[victim].slice()) {
        const path = await memoryConnector(again.listener).connect(new AbortController().signal);
        path.start({ frame: () => undefined, drain: () => undefined, end: () => undefined });
        for (const frame of frames) path.write(frame);
        await settle(4);
        path.destroy();
      }
      const heard = scene.heard[other];
      expect(heard.filter(text => text.startsWith(`${k} clone 1`))).toHaveLength(3);
      expect([k, heard.filter((text, i) => heard.indexOf(text) !== i)]).toEqual([k, []]);
      expect([k, scene.oracle.repeats]).toEqual([k, 0]);
      tried++;
      await scene.end();
    }
    expect(tried).toBeGreaterThan(10);
  }, 300_000);
});
