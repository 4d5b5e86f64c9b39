import { describe, expect, it, vi } from "vitest";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { anyone } from "../../src/manager/index.js";
import { memoryConnector, memoryListener, memoryPair } from "../../src/transports/memory.js";
import { BareEnd, connectorTo, duo, endpoint, HandPeer, pass, settle } from "./support.js";

const aborted = expect.objectContaining({ code: "aborted" }) as unknown;
const reason = new Error("enough");

describe("an AbortSignal", () => {
  it("that is aborted already: connect does not begin", async () => {
    const { manager, clock } = endpoint();
    const listener = memoryListener();
    const taken = vi.fn();
    await listener.listen(taken);
    const signal = AbortSignal.abort(reason);
    const connecting = manager.connect(memoryConnector(listener), { trust: anyone, signal });
    await expect(connecting).rejects.toMatchObject({ code: "aborted", cause: reason });
    await settle();
    expect(taken).not.toHaveBeenCalled();
    expect(clock.pending).toBe(0);
  });

  it("while the connection is being made", async () => {
    const { manager, clock } = endpoint();
    const abort = new AbortController();
    const connect = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
      );
    const connecting = manager.connect({ remote: "slow", connect }, { trust: anyone, signal: abort.signal });
    await settle();
    abort.abort(reason);
    await expect(connecting).rejects.toMatchObject({ code: "aborted", cause: reason });
    expect(clock.pending).toBe(0);
  });

  it("in the handshake: the connection is ended", async () => {
    const { manager, clock } = endpoint();
    const abort = new AbortController();
    const [near, far] = memoryPair();
    const end = new BareEnd(far);
    const connecting = manager.connect(connectorTo(near), { trust: anyone, signal: abort.signal });
    await settle();
    expect(end.frames).toHaveLength(1);
    abort.abort(reason);
    await expect(connecting).rejects.toMatchObject({ code: "aborted", cause: reason });
    await settle();
    expect(end.ended).toBe(true);
    expect(clock.pending).toBe(0);
    expect(manager.metrics().sessions).toBe(0);
  });

  it("X43 from inside the policy that is asked", async () => {
    const { b, connector, a, clock } = await duo();
    const abort = new AbortController();
    const connecting = a.manager.connect(connector, {
      trust: () => {
        abort.abort(reason);
        return true;
      },
      signal: abort.signal,
    });
    await expect(connecting).rejects.toEqual(aborted);
    await settle();
    expect(a.manager.metrics().sessions + b.manager.metrics().sessions).toBe(0);
    expect(b.manager.metrics().handshakes).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("after the session is established: it no longer concerns it", async () => {
    const { a, b, connector, acceptor } = await duo();
    const abort = new AbortController();
    const [alice, bob] = await Promise.all([
      a.manager.connect(connector, { peer: b.identity.id, signal: abort.signal }),
      acceptor.next(),
    ]);
    abort.abort(reason);
    await settle();
    await alice.send("still here");
    expect((await bob!.receive())?.text()).toBe("still here");
  });

  it("while send waits for the connection: the wait ends, the message is not taken back, the session goes on", async () => {
    const { join } = await duo();
    const { alice, bob } = await join();
    const abort = new AbortController();
    const big = new Uint8Array(1_048_576);
    // Bob fetches nothing, so his connection is paused when his inbox is full, and Alice's does not drain.
    const sending = [];
    for (let i = 0; i < 6; i++) sending.push(alice.send(big, { signal: abort.signal }));
    const results = Promise.allSettled(sending);
    await settle(40);
    abort.abort(reason);
    const settled = await results;
    expect(settled.at(-1)).toMatchObject({ status: "rejected", reason: { code: "aborted", cause: reason } });
    expect(alice.state.name).toBe("active");
    for (let i = 0; i < 6; i++) expect((await bob.receive())?.bytes).toHaveLength(big.length);
    await expect(alice.send("x", { signal: abort.signal })).rejects.toEqual(aborted);
    await alice.send("next");
    expect((await bob.receive())?.text()).toBe("next");
  });

  it("while receive waits: the next message goes to the next receive", async () => {
    const { join } = await duo();
    const { alice, bob } = await join();
    const abort = new AbortController();
    const first = bob.receive({ signal: abort.signal });
    const second = bob.receive();
    abort.abort(reason);
    await expect(first).rejects.toMatchObject({ code: "aborted", cause: reason });
    await alice.send("for the second");
    expect((await second)?.text()).toBe("for the second");
    await expect(bob.receive({ signal: abort.signal })).rejects.toEqual(aborted);
  });

  it("is left without listeners by whatever has ended well", async () => {
    const { a, b, connector, acceptor } = await duo();
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const [alice, bob] = await Promise.all([
      a.manager.connect(connector, { peer: b.identity.id, signal }),
      acceptor.next(),
    ]);
    await alice.send("one", { signal });
    await bob!.receive({ signal });
    const waiting = bob!.receive({ signal });
    await alice.send("two");
    await waiting;
    await settle();
    expect(remove.mock.calls.length).toBe(add.mock.calls.length);
  });
});

describe("a manager that is closed", () => {
  it("ends connections that are being made, and handshakes at every step, and waits for all", async () => {
    const { a, b, clock, connector } = await duo();
    const silent = memoryListener();
    const ends: BareEnd[] = [];
    await silent.listen(connection => void ends.push(new BareEnd(connection)));
    const never = { remote: "never", connect: () => new Promise<never>(() => undefined) };
    const connecting = [
      a.manager.connect(never, { trust: anyone }),
      a.manager.connect(memoryConnector(silent), { trust: anyone }),
      a.manager.connect(connector, { trust: () => new Promise<boolean>(() => undefined) }),
    ];
    const results = Promise.allSettled(connecting);
    await settle();
    await a.manager.close();
    for (const result of await results) expect(result).toMatchObject({ reason: { code: "aborted" } });
    await settle();
    expect(ends.map(end => end.ended)).toEqual([true]);
    expect(b.manager.metrics()).toMatchObject({ sessions: 0, handshakes: 0 });
    expect(clock.pending).toBe(0);
    await expect(a.manager.connect(connector, { trust: anyone })).rejects.toMatchObject({
      code: "session-closed",
    });
    await expect(a.manager.accept(memoryListener(), { allow: anyone })).rejects.toMatchObject({
      code: "session-closed",
    });
    await a.manager.close();
  });

  it("does not go on listening where it is closed before the listener does", async () => {
    const { manager } = endpoint();
    let ready!: (address: string) => void;
    const close = vi.fn(() => Promise.resolve());
    const taken: ((connection: ReturnType<typeof memoryPair>[0]) => void)[] = [];
    const accepting = manager.accept(
      {
        listen: onConnection => {
          taken.push(onConnection);
          return new Promise(resolve => (ready = resolve));
        },
        close,
      },
      { allow: anyone },
    );
    const [near, far] = memoryPair();
    const end = new BareEnd(far);
    taken[0]!(near);
    await manager.close();
    ready("somewhere");
    await expect(accepting).rejects.toMatchObject({ code: "session-closed" });
    expect(close).toHaveBeenCalledOnce();
    await settle();
    expect(end.ended).toBe(true);
  });

  it("announces the end to every peer", async () => {
    const { a, join } = await duo();
    const sessions = [await join(), await join()];
    await a.manager.close();
    for (const { bob } of sessions)
      expect(await bob.ended).toMatchObject({ kind: "closed", by: "peer", reason: "going-away" });
  });
});

describe("connect", () => {
  it("to one's own identity is refused, and leaves no connection open", async () => {
    const { manager, identity, clock } = endpoint();
    const [near, far] = memoryPair();
    const end = new BareEnd(far);
    await expect(manager.connect(connectorTo(near), { peer: identity.id })).rejects.toMatchObject({
      code: "peer-mismatch",
    });
    await settle();
    expect(end.ended).toBe(true);
    expect(end.frames).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("prints no warning of the runtime, however many handshakes are under way", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    try {
      const { manager } = endpoint();
      const listener = memoryListener();
      await manager.accept(listener, { allow: anyone });
      const { signal } = new AbortController();
      for (let i = 0; i < 30; i++) await BareEnd.to(listener);
      const elsewhere = endpoint();
      for (let i = 0; i < 30; i++)
        elsewhere.manager
          .connect(memoryConnector(listener), { trust: anyone, signal })
          .catch(() => undefined);
      await settle();
      expect(manager.metrics().handshakes).toBeGreaterThan(29);
      expect(warnings).toEqual([]);
    } finally {
      process.off("warning", note);
    }
  });
});

describe("send after the end", () => {
  it("is refused with session-closed, whoever has closed, and also where it waited", async () => {
    const { join, clock, b, connector, acceptor } = await duo();
    const { alice, bob } = await join();
    await alice.close();
    await bob.ended;
    for (const session of [alice, bob]) {
      await expect(session.send("x")).rejects.toMatchObject({ code: "session-closed" });
      await expect(session.sendBatch(["x"])).rejects.toMatchObject({ code: "session-closed" });
      expect(() => session.rotateKeys()).toThrow(expect.objectContaining({ code: "session-closed" }));
      expect(() => session.encrypt(Uint8Array.of(1))).toThrow(
        expect.objectContaining({ code: "session-closed" }),
      );
      await session.close();
    }
    const connection = await connector.connect(new AbortController().signal);
    const identity = nodeProvider.dh.generateKeyPair(nodeProvider.random);
    const peer = new HandPeer(connection, identity, { role: "initiator", peer: b.identity.publicKey });
    const carol = (await acceptor.next())!;
    peer.listening = false;
    connection.pause();
    const waiting = carol.send(new Uint8Array(1_000_000));
    connection.destroy();
    await pass(clock, 6000);
    await waiting;
    expect(carol.state).toMatchObject({ end: { kind: "truncated" } });
  });
});
