import { describe, expect, it } from "vitest";
import { anyone, managerDefaults, type ManagerEvent } from "../../src/manager/index.js";
import { WrappedConnection } from "../../src/manager/wrapped-connection.js";
import type { Connection, Listener } from "../../src/ports/index.js";
import { memoryPair } from "../../src/transports/memory.js";
import { BareEnd, connectorTo, endpoint, pass, settle } from "../manager/support.js";

/** A connection that comes from an address of our choice. */
class From extends WrappedConnection {
  readonly #remote: string;

  constructor(remote: string, inner: Connection) {
    super(inner);
    this.#remote = remote;
  }

  override get remote(): string {
    return this.#remote;
  }
}

/** A listener to which callers come from addresses of our choice. */
class Door implements Listener {
  #onConnection: ((connection: Connection) => void) | undefined;
  #port = 0;

  listen(onConnection: (connection: Connection) => void): Promise<string> {
    this.#onConnection = onConnection;
    return Promise.resolve("door");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The caller's end. */
  from(host: string): Connection {
    const [near, far] = memoryPair();
    this.#onConnection!(new From(`tcp://${host}:${++this.#port}`, far));
    return near;
  }
}

describe("a flood of handshakes from one address", () => {
  it("X39 keeps nobody else out; it is counted by cause, and told at the 1st, 2nd, 4th, 8th ...", async () => {
    const { manager, identity, clock } = endpoint();
    const door = new Door();
    const acceptor = await manager.accept(door, { allow: anyone });
    const told: ManagerEvent[] = [];
    manager.on("connection-refused", event => void told.push(event));
    const flood: BareEnd[] = [];
    for (let i = 0; i < 1000; i++) flood.push(new BareEnd(door.from("203.0.113.7")));
    await settle();
    const { maxHandshakesPerAddress } = managerDefaults;
    const refused = 1000 - maxHandshakesPerAddress;
    expect(manager.metrics()).toMatchObject({
      handshakes: maxHandshakesPerAddress,
      refusedConnections: refused,
      refusedByCause: { "address-handshakes": refused },
    });
    expect(flood.filter(end => end.ended)).toHaveLength(refused);
    expect(told.map(event => "count" in event && event.count)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512,
    ]);
    expect(told[0]).toMatchObject({
      type: "connection-refused",
      cause: "address-handshakes",
      session: undefined,
      remote: expect.stringContaining("203.0.113.7") as string,
    });
    const peer = endpoint({ clock });
    for (let i = 0; i < 5; i++) {
      const connecting = peer.manager.connect(connectorTo(door.from(`192.0.2.${i}`)), { peer: identity.id });
      expect((await connecting).state.name).toBe("active");
      expect((await acceptor.next())?.peer).toBe(peer.identity.id);
    }
    await pass(clock, managerDefaults.handshakeTimeout);
    expect(manager.metrics()).toMatchObject({ handshakes: 0, sessions: 5 });
    expect(flood.every(end => end.ended)).toBe(true);
  });

  it("X39 that completes each handshake, or fails it at once, is bounded by its rate", async () => {
    const { manager, clock } = endpoint();
    const door = new Door();
    await manager.accept(door, { allow: anyone });
    const { burst, perSecond } = managerDefaults.handshakeRate.perAddress;
    for (let i = 0; i < 500; i++) {
      const end = new BareEnd(door.from("203.0.113.7"));
      end.connection.write(Uint8Array.of(0xff, 0xff));
      await settle(2);
      expect(end.ended).toBe(true);
    }
    expect(manager.metrics().handshakes).toBe(0);
    expect(manager.metrics().refusedByCause).toEqual({ "address-rate": 500 - burst });
    clock.advance(1000);
    for (let i = 0; i < perSecond + 1; i++) {
      new BareEnd(door.from("203.0.113.7")).connection.write(Uint8Array.of(0xff));
      await settle(2);
    }
    expect(manager.metrics().refusedByCause).toEqual({ "address-rate": 500 - burst + 1 });
  });

  it("X39 from everywhere is bounded in all, and costs the sessions that there are nothing", async () => {
    const { manager, identity, clock } = endpoint();
    const door = new Door();
    const acceptor = await manager.accept(door, { allow: anyone });
    const peer = endpoint({ clock });
    const alice = await peer.manager.connect(connectorTo(door.from("192.0.2.1")), { peer: identity.id });
    const bob = (await acceptor.next())!;
    for (let i = 0; i < 2000; i++) new BareEnd(door.from(`203.0.${i >> 8}.${i & 255}`));
    await settle();
    expect(manager.metrics().handshakes).toBe(managerDefaults.maxHandshakes);
    expect(manager.metrics().refusedByCause).toEqual({ handshakes: 2000 - managerDefaults.maxHandshakes });
    await alice.send("still here");
    expect((await bob.receive())?.text()).toBe("still here");
  });

  it("X39 leaves no connection behind where the manager takes no more", async () => {
    const { manager } = endpoint();
    const door = new Door();
    await manager.accept(door, { allow: anyone });
    await manager.close();
    const late = new BareEnd(door.from("203.0.113.7"));
    await settle();
    expect(late.ended).toBe(true);
    expect(manager.metrics().refusedByCause).toEqual({ closing: 1 });
  });
});
