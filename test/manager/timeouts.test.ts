import { connect as connectSocket } from "node:net";
import { describe, expect, it } from "vitest";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { anyone, managerDefaults } from "../../src/manager/index.js";
import type { Connection } from "../../src/ports/index.js";
import { memoryConnector, memoryListener, memoryPair } from "../../src/transports/memory.js";
import { tcpListener } from "../../src/transports/tcp.js";
import { BareEnd, connectorTo, duo, endpoint, HandPeer, pass, settle } from "./support.js";

const never = new Promise<never>(() => undefined);
const outcome = (promise: Promise<unknown>): { value?: unknown; error?: unknown } => {
  const result: { value?: unknown; error?: unknown } = {};
  promise.then(
    value => (result.value = value),
    (error: unknown) => (result.error = error),
  );
  return result;
};

describe("the time for a connection", () => {
  it("X39 is 10 s: then connect fails, and the connector is told", async () => {
    const { manager, clock } = endpoint();
    let signal: AbortSignal | undefined;
    const connector = {
      remote: "nowhere",
      connect: (given: AbortSignal) => {
        signal = given;
        return new Promise<never>((_resolve, reject) =>
          given.addEventListener("abort", () => reject(given.reason as Error)),
        );
      },
    };
    const result = outcome(manager.connect(connector, { trust: anyone }));
    await pass(clock, managerDefaults.connectTimeout - 1);
    expect(result).toEqual({});
    clock.advance(1);
    await settle();
    expect(result.error).toMatchObject({ code: "connect-timeout" });
    expect(signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("X39 holds also for a connector that ignores its signal; a connection that comes too late is ended", async () => {
    const { manager, clock } = endpoint();
    let arrive!: (connection: Connection) => void;
    const connector = {
      remote: "deaf",
      connect: () => new Promise<Connection>(resolve => (arrive = resolve)),
    };
    const result = outcome(manager.connect(connector, { trust: anyone }));
    await pass(clock, managerDefaults.connectTimeout);
    expect(result.error).toMatchObject({ code: "connect-timeout" });
    const [near, far] = memoryPair();
    const end = new BareEnd(far);
    arrive(near);
    await settle();
    expect(end.ended).toBe(true);
    expect(end.frames).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("a connector that fails in its own way gives connect-failed, with its error as the cause", async () => {
    const { manager, clock } = endpoint();
    const cause = new TypeError("no such thing");
    for (const connect of [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ]) {
      await expect(manager.connect({ remote: "broken", connect }, { trust: anyone })).rejects.toMatchObject({
        code: "connect-failed",
        cause,
      });
    }
    expect(clock.pending).toBe(0);
  });
});

describe("the time for a handshake", () => {
  it("X39 is 20 s for an initiator: then its connection is ended", async () => {
    const { manager, clock } = endpoint();
    const [near, far] = memoryPair();
    const end = new BareEnd(far);
    const result = outcome(manager.connect(connectorTo(near), { trust: anyone }));
    await pass(clock, managerDefaults.handshakeTimeout - 1);
    expect(result).toEqual({});
    expect(end.frames).toHaveLength(1);
    clock.advance(1);
    await settle();
    expect(result.error).toMatchObject({ code: "handshake-timeout" });
    expect(end.ended).toBe(true);
    expect(clock.pending).toBe(0);
    expect(manager.metrics()).toMatchObject({ sessions: 0, handshakes: 0 });
  });

  it("X39 is 20 s for a connection that says nothing", async () => {
    const { manager, clock } = endpoint();
    const listener = memoryListener();
    await manager.accept(listener, { allow: anyone });
    const end = await BareEnd.to(listener);
    await pass(clock, managerDefaults.handshakeTimeout - 1);
    expect(manager.metrics().handshakes).toBe(1);
    expect(end.ended).toBe(false);
    clock.advance(1);
    await settle();
    expect(end.ended).toBe(true);
    expect(manager.metrics().handshakes).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("X39 is 20 s for a TCP connection that sends one byte now and then", async () => {
    const { manager, clock } = endpoint();
    const acceptor = await manager.accept(tcpListener(), { allow: anyone });
    const port = Number(acceptor.address.split(":").at(-1));
    const socket = connectSocket({ host: "127.0.0.1", port });
    const closed = new Promise(resolve => socket.once("close", resolve));
    socket.on("error", () => undefined);
    await new Promise(resolve => socket.once("connect", resolve));
    while (manager.metrics().handshakes === 0) await settle(1);
    for (const byte of [0, 0, 5, 20, 1, 0, 0]) {
      socket.write(Uint8Array.of(byte));
      await settle();
      clock.advance(2800);
      await settle();
    }
    expect(manager.metrics().handshakes).toBe(1);
    clock.advance(400);
    await closed;
    await settle();
    expect(manager.metrics().handshakes).toBe(0);
  });

  it("X43 is 20 s for a policy that never answers, and its late answer changes nothing", async () => {
    const clock = endpoint().clock;
    const a = endpoint({ clock });
    const b = endpoint({ clock });
    const listener = memoryListener();
    let answer!: (allowed: boolean) => void;
    const acceptor = await b.manager.accept(listener, {
      allow: () => new Promise<boolean>(resolve => (answer = resolve)),
    });
    const result = outcome(a.manager.connect(memoryConnector(listener), { peer: b.identity.id }));
    await pass(clock, managerDefaults.handshakeTimeout);
    expect(result.error).toMatchObject({ category: expect.stringMatching(/transport|peer/) as string });
    expect(b.manager.metrics()).toMatchObject({ sessions: 0, handshakes: 0 });
    answer(true);
    await settle();
    expect(b.manager.sessions()).toEqual([]);
    expect(clock.pending).toBe(0);
    await acceptor.close();
    const trusting = outcome(a.manager.connect(memoryConnector(listener), { trust: () => never }));
    await settle();
    expect(trusting.error).toMatchObject({ code: "connect-failed" });
  });
});

describe("the time after the end", () => {
  /** A session with a peer that hears nothing any more. */
  async function deafened() {
    const { clock, b, connector, acceptor } = await duo();
    const connection = await connector.connect(new AbortController().signal);
    const identity = nodeProvider.dh.generateKeyPair(nodeProvider.random);
    const peer = new HandPeer(connection, identity, { role: "initiator", peer: b.identity.publicKey });
    const bob = (await acceptor.next())!;
    peer.listening = false;
    connection.pause();
    return { clock, manager: b.manager, bob, connection };
  }

  it("is 5 s for a peer that does not answer a close, and 5 s for one that does not close its side", async () => {
    const { clock, bob } = await deafened();
    const result = outcome(bob.close().then(() => "closed"));
    await pass(clock, 9999);
    expect(result).toEqual({});
    expect(bob.state).toMatchObject({ name: "ended", end: { kind: "closed", by: "local" } });
    clock.advance(1);
    await settle();
    expect(result.value).toBe("closed");
    expect(clock.pending).toBe(0);
  });

  it("holds for a manager that is closed: it waits for what its sessions leave open, and leaves nothing", async () => {
    const { clock, bob, manager } = await deafened();
    void bob.close();
    await settle();
    expect(manager.sessions()).toEqual([]);
    const result = outcome(manager.close().then(() => "closed"));
    await pass(clock, 9999);
    expect(result).toEqual({});
    clock.advance(1);
    await settle();
    expect(result.value).toBe("closed");
    expect(clock.pending).toBe(0);
  });

  it("is over at once where the peer answers", async () => {
    const { join, clock, a, b } = await duo();
    const { alice, bob } = await join();
    await alice.close();
    expect(await bob.ended).toMatchObject({ kind: "closed", by: "peer" });
    await settle();
    expect(clock.pending).toBe(0);
    expect(a.manager.metrics().sessions + b.manager.metrics().sessions).toBe(0);
  });

  it("X39 does not begin for a handshake that fails: its connection ends at once", async () => {
    const { manager, clock } = endpoint();
    const listener = memoryListener();
    await manager.accept(listener, { allow: anyone });
    const end = await BareEnd.to(listener);
    end.connection.write(Uint8Array.of(1, 0, 9, 9, 9));
    await settle();
    expect(end.ended).toBe(true);
    expect(manager.metrics().handshakes).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
