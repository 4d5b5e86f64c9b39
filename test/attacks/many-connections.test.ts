import { describe, expect, it } from "vitest";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { anyone, Identity, managerDefaults } from "../../src/manager/index.js";
import { SessionRegistry } from "../../src/manager/session-registry.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { memoryListener } from "../../src/transports/memory.js";
import { BareEnd, duo, endpoint, HandPeer, pass, settle } from "../manager/support.js";
import { seededRandom } from "../session/machine-pair.js";

describe("a flood of handshakes", () => {
  it("X39 is bounded: further connections are dropped and counted, and sessions go on", async () => {
    const { b, join, listener, clock } = await duo({ b: { maxHandshakes: 4 } });
    const { alice, bob } = await join();
    const flood: BareEnd[] = [];
    for (let i = 0; i < 20; i++) flood.push(await BareEnd.to(listener));
    await settle();
    expect(b.manager.metrics()).toMatchObject({ sessions: 1, handshakes: 4, refusedConnections: 16 });
    expect(flood.filter(end => end.ended)).toHaveLength(16);
    await alice.send("still here");
    expect((await bob.receive())?.text()).toBe("still here");
    await pass(clock, managerDefaults.handshakeTimeout);
    expect(b.manager.metrics().handshakes).toBe(0);
    expect(flood.every(end => end.ended)).toBe(true);
    expect((await join()).alice.state.name).toBe("active");
  });

  it("X39 H29 of replayed first messages of IK leaves no session and no event of one", async () => {
    const { b, listener, connector, clock } = await duo();
    const connection = await connector.connect(new AbortController().signal);
    const recorded: Uint8Array[] = [];
    const write = connection.write.bind(connection);
    connection.write = frame => (recorded.push(Uint8Array.from(frame)), write(frame));
    const identity = nodeProvider.dh.generateKeyPair(nodeProvider.random);
    const peer = new HandPeer(connection, identity, { role: "initiator", peer: b.identity.publicKey });
    await settle();
    expect(peer.machine.state.name).toBe("active");
    expect(b.manager.metrics()).toMatchObject({ sessions: 1, handshakes: 0 });
    const events: string[] = [];
    b.manager.on("established", event => void events.push(event.type));
    b.manager.on("ended", event => void events.push(event.end.kind));
    for (let i = 0; i < 5; i++) {
      const replay = await BareEnd.to(listener);
      for (const frame of recorded) replay.connection.write(frame);
    }
    await settle();
    await pass(clock, managerDefaults.handshakeTimeout);
    expect(b.manager.metrics()).toMatchObject({ sessions: 1, handshakes: 0 });
    expect(events).toEqual(Array.from({ length: 5 }, () => "failed"));
  });

  it("X39 a frame of a handshake that is too long is refused before it is looked at", async () => {
    const { manager } = endpoint();
    const listener = memoryListener();
    await manager.accept(listener, { allow: anyone });
    const end = await BareEnd.to(listener);
    const causes: unknown[] = [];
    manager.on("ended", ({ end: how }) => void causes.push("error" in how ? how.error.cause : how));
    const frame = new Uint8Array(4097);
    frame[0] = 1;
    end.connection.write(frame);
    await settle();
    expect(causes).toMatchObject([{ code: "frame-too-long" }]);
    expect(end.ended).toBe(true);
    expect(manager.metrics().handshakes).toBe(0);
  });

  it("X39 connections that fail at once are gone at once: they do not pile up", async () => {
    const { manager, clock } = endpoint({ maxHandshakes: 2 });
    const listener = memoryListener();
    await manager.accept(listener, { allow: anyone });
    for (let i = 0; i < 50; i++) {
      const end = await BareEnd.to(listener);
      // A peer that would never close its side.
      end.connection.pause();
      end.connection.write(Uint8Array.of(i));
      await settle(6);
      expect(end.ended).toBe(true);
    }
    expect(manager.metrics()).toMatchObject({ handshakes: 0, refusedConnections: 0 });
    expect(clock.pending).toBe(0);
  });

  it("X39 sessions that nobody takes are bounded and closed with the acceptor", async () => {
    const { a, b, connector, acceptor } = await duo();
    const sessions = [];
    for (let i = 0; i < 3; i++) sessions.push(await a.manager.connect(connector, { peer: b.identity.id }));
    await settle();
    await acceptor.close();
    for (const session of sessions)
      expect(await session.ended).toMatchObject({ kind: "closed", by: "peer", reason: "going-away" });
    expect(b.manager.metrics().sessions).toBe(0);
  });
});

describe("session ids that collide", () => {
  it("X44 a registry keeps the first, and forgets it only for itself", () => {
    const registry = new SessionRegistry();
    const first = { id: "same", peer: "p" } as never;
    const second = { id: "same", peer: "q" } as never;
    expect(registry.add(first)).toBe(true);
    expect(registry.add(second)).toBe(false);
    registry.remove(second);
    expect(registry.get("same")).toBe(first);
    expect(registry.withPeer("q")).toEqual([]);
    registry.remove(first);
    expect(registry.size).toBe(0);
  });

  it("X44 where both ends' randomness repeats itself, the second session is dropped without another word", async () => {
    // Both sources give the same bytes again for the second handshake: the keys are those of the first one.
    let restart = (): void => undefined;
    const repeating = (seed: number) => {
      let source = seededRandom(seed);
      const before = restart;
      restart = () => {
        before();
        source = seededRandom(seed);
      };
      return (length: number) => source(length);
    };
    const store = new MemoryStore();
    const identities = [Identity.generate(), Identity.generate()] as const;
    const { a, b, connector, acceptor } = await duo({
      a: { identity: identities[0], random: repeating(1) },
      b: { identity: identities[1], random: repeating(2), store },
    });
    const ids: (string | undefined)[] = [];
    b.manager.on("established", event => void ids.push(event.session));
    const first = await a.manager.connect(connector, { peer: b.identity.id });
    const bob = (await acceptor.next())!;
    // What is stored of it has drawn its salts.
    await settle();
    restart();
    await expect(a.manager.connect(connector, { peer: b.identity.id })).rejects.toMatchObject({
      code: "handshake-failed",
    });
    await settle();
    expect(a.manager.sessions()).toEqual([first]);
    expect(b.manager.sessions()).toEqual([bob]);
    expect(ids).toEqual([first.id]);
    await first.send("the first goes on");
    expect((await bob.receive())?.text()).toBe("the first goes on");
    const records = [];
    for await (const record of b.manager.history(a.identity.id)) records.push(record.status);
    expect(records).toEqual(["open"]);
  });
});
