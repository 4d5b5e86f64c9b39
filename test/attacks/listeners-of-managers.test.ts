import { describe, expect, it } from "vitest";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { managerDefaults, type ManagerEvent } from "../../src/manager/index.js";
import { SessionLedger } from "../../src/manager/session-ledger.js";
import { SessionLineages } from "../../src/manager/session-lineages.js";
import { HeldResumptions } from "../../src/persistence/index.js";
import { BareEnd, duo, pass, settle } from "../manager/support.js";

describe("a listener that re-enters the manager in mid-transition", () => {
  it("X43 inside renewed: closes, looks up, sends and renews again; the registry follows each step", async () => {
    const { a, b, join, clock } = await duo();
    const { alice, bob } = await join();
    const log: [string, boolean, boolean][] = [];
    for (const { manager } of [a, b]) {
      manager.on("renewed", event => {
        const known = (id: string): boolean => manager.sessions().some(session => session.id === id);
        log.push([event.type, known(event.from), known(event.to)]);
        void manager.send(event.to, "from inside renewed").catch(() => undefined);
        if (manager === a.manager && log.length < 6) alice.renew();
        else if (log.length >= 6) void manager.close();
      });
    }
    alice.renew();
    await pass(clock, 30_000);
    expect(log.length).toBeGreaterThanOrEqual(6);
    expect(new Set(log.map(String))).toEqual(new Set(["renewed,false,true"]));
    expect(await alice.ended).toMatchObject({ kind: "closed" });
    expect(await bob.ended).toMatchObject({ kind: "closed" });
    expect(a.manager.metrics().sessions + b.manager.metrics().sessions).toBe(0);
  });

  it("X43 inside connection-refused: closes the manager, in the middle of the flood", async () => {
    const { b, listener, clock } = await duo({ b: { maxHandshakes: 1 } });
    let closing: Promise<void> | undefined;
    const told: ManagerEvent[] = [];
    b.manager.on("connection-refused", event => {
      told.push(event);
      closing ??= b.manager.close();
    });
    const ends = [];
    for (let i = 0; i < 2; i++) ends.push(await BareEnd.to(listener));
    await pass(clock, managerDefaults.handshakeTimeout);
    await closing;
    expect(told[0]).toMatchObject({ type: "connection-refused", cause: "handshakes" });
    expect(ends.every(end => end.ended)).toBe(true);
    expect(b.manager.metrics()).toMatchObject({ handshakes: 0, sessions: 0 });
  });

  it("X43 that listens to itself listening: subscribes and unsubscribes inside events without end", async () => {
    const { a, join } = await duo();
    let calls = 0;
    const again = (): void => {
      calls++;
      off();
      off = a.manager.on("message-received", again);
    };
    let off = a.manager.on("message-received", again);
    const { alice, bob } = await join();
    for (let i = 0; i < 20; i++) {
      await bob.send("x");
      await alice.receive();
    }
    await settle();
    expect(calls).toBe(20);
  });
});

describe("a renewal that leads to the id of another live session", () => {
  it("X44 ends the renewed one; the other stays what it was, in the registry and in the store", async () => {
    const { join } = await duo();
    const [first, second] = [await join(), await join()];
    const held = new HeldResumptions(nodeProvider, () => ({ wall: 0, monotonic: 0 }), 1);
    const ledger = new SessionLedger(undefined, new SessionLineages(held, () => undefined), () => undefined);
    expect(ledger.registry.add(first.alice)).toBe(true);
    expect(ledger.registry.add(second.alice)).toBe(true);
    // The second one now says that its id is the first one's.
    const from = second.alice.id;
    const to = first.alice.id;
    Object.defineProperty(second.alice, "id", { value: to });
    ledger.track({ type: "renewed", from, to }, second.alice);
    expect(ledger.registry.get(to)).toBe(first.alice);
    expect(await second.bob.ended).toMatchObject({ kind: "closed", by: "peer", reason: "going-away" });
    const end = await second.alice.ended;
    ledger.track({ type: "ended", end }, second.alice);
    expect(ledger.registry.all()).toEqual([first.alice]);
    expect(ledger.registry.withPeer(first.alice.peer)).toEqual([first.alice]);
    expect(first.alice.state.name).toBe("active");
    await first.alice.send("the first goes on");
    expect((await first.bob.receive())?.text()).toBe("the first goes on");
  });
});
