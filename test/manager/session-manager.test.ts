import { afterEach, describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { anyone, Identity, SessionManager, type Acceptor, type Session } from "../../src/manager/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { tcp, tcpListener } from "../../src/transports/tcp.js";

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

function endpoint(options: Partial<ConstructorParameters<typeof SessionManager>[0]> = {}) {
  const identity = options.identity ?? Identity.generate();
  const manager = new SessionManager({ identity, ...options });
  cleanup.push(() => manager.close());
  return { identity, manager };
}

async function pair(): Promise<{ alice: Session; bob: Session; acceptor: Acceptor }> {
  const a = endpoint();
  const b = endpoint();
  const acceptor = await b.manager.accept(tcpListener(), { allow: [a.identity.id] });
  const [alice, bob] = await Promise.all([
    a.manager.connect(tcp(acceptor.address), { peer: b.identity.id }),
    acceptor.next(),
  ]);
  return { alice, bob: bob!, acceptor };
}

describe("two managers over TCP", () => {
  it("carry messages both ways and close in good order", async () => {
    const { alice, bob } = await pair();
    expect(alice.id).toBe(bob.id);
    expect(alice.suite).toBe("IKhfs");
    await alice.send("hello");
    expect((await bob.receive())?.text()).toBe("hello");
    await bob.sendBatch(["a", "b"]);
    expect((await alice.receive())?.text()).toBe("a");
    expect((await alice.receive())?.text()).toBe("b");
    alice.rotateKeys();
    await alice.send("after rotation");
    expect((await bob.receive())?.text()).toBe("after rotation");
    await alice.close();
    expect(await bob.receive()).toBeUndefined();
    expect(await bob.ended).toMatchObject({ kind: "closed", by: "peer" });
    expect(await alice.ended).toMatchObject({ kind: "closed", by: "local" });
  });

  it("refuse a peer that the policy does not list, without telling it why", async () => {
    const a = endpoint();
    const b = endpoint();
    const acceptor = await b.manager.accept(tcpListener(), { allow: [] });
    await expect(a.manager.connect(tcp(acceptor.address), { peer: b.identity.id })).rejects.toMatchObject({
      code: "handshake-failed",
    });
  });

  it("refuse another key than the pinned one", async () => {
    const a = endpoint();
    const b = endpoint();
    const acceptor = await b.manager.accept(tcpListener(), { allow: anyone });
    await expect(
      a.manager.connect(tcp(acceptor.address), { peer: Identity.generate().id }),
    ).rejects.toMatchObject({ code: "peer-mismatch" });
  });

  it("H27 connect without saying whom to expect is refused before anything goes out", async () => {
    const a = endpoint();
    const b = endpoint();
    const acceptor = await b.manager.accept(tcpListener(), { allow: anyone });
    const forgotten = { peer: undefined } as unknown as { readonly peer: string };
    const both = { peer: b.identity.id, trust: anyone } as unknown as { readonly peer: string };
    for (const options of [forgotten, both]) {
      await expect(a.manager.connect(tcp(acceptor.address), options)).rejects.toMatchObject({
        code: "invalid-argument",
      });
    }
    const unlisted = [undefined] as unknown as string[];
    await expect(b.manager.accept(tcpListener(), { allow: unlisted })).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });

  it("a megabyte in each of a hundred messages arrives whole, with back-pressure", async () => {
    const { alice, bob } = await pair();
    const block = new Uint8Array(1_048_576).fill(7);
    const sending = (async () => {
      for (let i = 0; i < 100; i++) await alice.send(block);
      await alice.close();
    })();
    let bytes = 0;
    for await (const message of bob) bytes += message.bytes.length;
    await sending;
    expect(bytes).toBe(100 * 1_048_576);
  });
});

describe("a manager in memory", () => {
  it("learns the peer's key by XX and keeps a sealed record of the session", async () => {
    const store = new MemoryStore();
    const a = endpoint({ store });
    const b = endpoint();
    const listener = memoryListener();
    const acceptor = await b.manager.accept(listener, { allow: anyone });
    const [alice, bob] = await Promise.all([
      a.manager.connect(memoryConnector(listener), { trust: [b.identity.id] }),
      acceptor.next(),
    ]);
    expect(alice.suite).toBe("XXhfs");
    expect(a.manager.sessions(b.identity.id)).toEqual([alice]);
    await a.manager.send(alice.id, "by id");
    expect((await b.manager.receive(bob!.id))?.text()).toBe("by id");
    await a.manager.close();
    const records = [];
    for await (const record of a.manager.history(b.identity.id)) records.push(record);
    expect(records).toMatchObject([{ id: alice.id, status: "closed", sentMessages: 1n }]);
  });

  it("an aborted connect leaves nothing open", async () => {
    const a = endpoint();
    const listener = memoryListener();
    await listener.listen(() => undefined);
    const abort = new AbortController();
    const connecting = a.manager.connect(memoryConnector(listener), { trust: anyone, signal: abort.signal });
    setTimeout(() => abort.abort(), 20);
    const error: unknown = await connecting.catch((thrown: unknown) => thrown);
    expect(SessionError.is(error, "aborted")).toBe(true);
    expect(a.manager.metrics().sessions).toBe(0);
  });
});
