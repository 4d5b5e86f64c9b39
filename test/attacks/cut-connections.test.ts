import { createServer, connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { anyone, Identity, SessionManager } from "../../src/manager/index.js";
import { tcp, tcpListener } from "../../src/transports/tcp.js";
import { duo, settle } from "../manager/support.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Two managers over TCP with a relay between them that can cut, at the moment and in the way that a test wants. */
async function relayed() {
  const a = new SessionManager({ identity: Identity.generate() });
  const bIdentity = Identity.generate();
  const b = new SessionManager({ identity: bIdentity });
  cleanups.push(
    () => a.close(),
    () => b.close(),
  );
  const acceptor = await b.accept(tcpListener(), { allow: anyone });
  const port = Number(acceptor.address.split(":").at(-1));
  const relay = { toB: 0, limit: Infinity, sockets: [] as Socket[], how: "end" as "end" | "reset" };
  const cut = (): void => {
    for (const socket of relay.sockets) {
      if (relay.how === "end") socket.end();
      else socket.resetAndDestroy();
    }
  };
  const server = createServer(near => {
    const far = connectSocket({ host: "127.0.0.1", port });
    relay.sockets.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => undefined);
    near.on("data", chunk => {
      const room = relay.limit - relay.toB;
      relay.toB += chunk.length;
      if (room > 0) far.write(chunk.subarray(0, room));
      if (relay.toB >= relay.limit) cut();
    });
    far.on("data", chunk => void near.write(chunk));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  const connector = tcp(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { a, b, acceptor, relay, cut, connector, peer: bIdentity.id };
}

describe("a TCP connection that is cut", () => {
  it.each(["end", "reset"] as const)(
    "R20 after the handshake (%s): both ends say truncated, nobody says closed",
    async how => {
      const { a, acceptor, relay, cut, connector, peer } = await relayed();
      relay.how = how;
      const [alice, bob] = await Promise.all([a.connect(connector, { peer }), acceptor.next()]);
      await alice.send("whole");
      expect((await bob!.receive())?.text()).toBe("whole");
      cut();
      expect(await alice.ended).toMatchObject({ kind: "truncated", error: { code: "session-truncated" } });
      expect(await bob!.ended).toMatchObject({ kind: "truncated" });
      await expect(bob!.receive()).rejects.toMatchObject({ code: "session-truncated" });
      await expect(alice.send("more")).rejects.toMatchObject({ code: "session-closed" });
    },
  );

  it.each(["end", "reset"] as const)(
    "R20 in the middle of a frame (%s): what is whole is delivered, then truncated",
    async how => {
      const { a, acceptor, relay, connector, peer } = await relayed();
      relay.how = how;
      const [alice, bob] = await Promise.all([a.connect(connector, { peer }), acceptor.next()]);
      await alice.send("whole");
      const first = bob!.receive();
      expect((await first)?.text()).toBe("whole");
      relay.limit = relay.toB + 1000;
      await alice.send(new Uint8Array(5000));
      await expect(bob!.receive()).rejects.toMatchObject({ code: "session-truncated" });
      expect(await bob!.ended).toMatchObject({ kind: "truncated" });
    },
  );

  it("R20 in the handshake, at any byte: connect fails, and nobody has a session", async () => {
    for (const limit of [1, 3, 4, 5, 100, 1400]) {
      const { a, b, relay, connector, peer } = await relayed();
      relay.limit = limit;
      await expect(a.connect(connector, { peer })).rejects.toMatchObject({
        code: expect.stringMatching(/^(handshake-failed)$/) as string,
      });
      await settle();
      expect(a.metrics().sessions).toBe(0);
      expect(b.metrics().sessions).toBe(0);
    }
  });

  it("R20 after an announced end: closed, at both ends", async () => {
    const { a, acceptor, connector, peer } = await relayed();
    const [alice, bob] = await Promise.all([a.connect(connector, { peer }), acceptor.next()]);
    await alice.send("last");
    await alice.close();
    expect((await bob!.receive())?.text()).toBe("last");
    expect(await bob!.receive()).toBeUndefined();
    expect(await bob!.ended).toMatchObject({ kind: "closed", by: "peer" });
  });
});

describe("a connection in memory that is cut", () => {
  it("R20 says truncated where nobody announced the end, and closed where somebody did", async () => {
    const { join, listener, a, b, acceptor } = await duo();
    const connections: { destroy(): void }[] = [];
    const connector = {
      remote: "memory",
      connect: async (signal: AbortSignal) => {
        const connection = await listener.connect(signal);
        connections.push(connection);
        return connection;
      },
    };
    const [alice, bob] = await Promise.all([
      a.manager.connect(connector, { peer: b.identity.id }),
      acceptor.next(),
    ]);
    connections[0]!.destroy();
    expect(await bob!.ended).toMatchObject({ kind: "truncated", error: { code: "session-truncated" } });
    expect(await alice.ended).toMatchObject({ kind: "truncated" });
    const second = await join();
    await second.bob.close();
    expect(await second.alice.ended).toMatchObject({ kind: "closed", by: "peer" });
  });
});
