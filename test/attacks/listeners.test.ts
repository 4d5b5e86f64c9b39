import { describe, expect, it } from "vitest";
import { anyone, type AcceptPolicy, type ManagerEvent } from "../../src/manager/index.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { duo, endpoint, pass, settle } from "../manager/support.js";

describe("an application's listener", () => {
  it("X43 that throws, of a session or a manager, is told to onError and harms nobody, not even if onError throws", async () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => {
      errors.push(error);
      throw new Error("and this one throws as well");
    };
    const { a, b, join } = await duo({ a: { onError }, b: { onError } });
    const types = ["established", "message-received", "key-rotated", "ended"] as const;
    for (const { manager } of [a, b]) {
      for (const type of types) {
        manager.on(type, () => {
          throw new Error(`thrown by a listener of ${type}`);
        });
        manager.on(type, async () => {
          await Promise.reject(new Error(`rejected by a listener of ${type}`));
        });
      }
    }
    const { alice, bob } = await join();
    for (const session of [alice, bob]) {
      session.on("message-received", () => {
        throw new Error("thrown by a session's listener");
      });
    }
    await alice.send("one");
    alice.rotateKeys();
    await bob.send("two");
    expect((await bob.receive())?.text()).toBe("one");
    expect((await alice.receive())?.text()).toBe("two");
    await alice.close();
    expect(await bob.ended).toMatchObject({ kind: "closed" });
    await settle();
    expect(errors.length).toBeGreaterThanOrEqual(18);
    for (const error of errors) expect(String(error)).toMatch(/(thrown|rejected) by a/);
  });

  it("X43 that closes its session inside message-received: what came before is there, nothing comes after", async () => {
    const { join } = await duo();
    const { alice, bob } = await join();
    let closing: Promise<void> | undefined;
    bob.on("message-received", () => {
      closing ??= bob.close();
    });
    await alice.send("first");
    await alice.send("second").catch(() => undefined);
    expect((await bob.receive())?.text()).toBe("first");
    await closing;
    expect(await bob.receive()).toBeUndefined();
    expect(await bob.ended).toMatchObject({ kind: "closed", by: "local" });
    expect(await alice.ended).toMatchObject({ kind: "closed", by: "peer" });
    await expect(bob.send("x")).rejects.toMatchObject({ code: "session-closed" });
  });

  it("X43 that closes, sends, rotates and asks in every event, over and over, leaves the states in order", async () => {
    const { a, b, join } = await duo();
    const log: string[] = [];
    const meddle = (event: ManagerEvent): void => {
      const session = event.session === undefined ? undefined : find(event.session);
      log.push(`${event.type}:${session?.state.name}`);
      if (session?.state.name !== "active") return;
      session.metrics();
      session.exportKey("x", new Uint8Array(0), 16).dispose();
      if (event.type === "key-rotated") return void session.close();
      if (event.type === "established") void session.send("from inside established").catch(() => undefined);
      else session.rotateKeys();
    };
    const find = (id: string) =>
      [...a.manager.sessions(), ...b.manager.sessions()].find(session => session.id === id);
    for (const { manager } of [a, b]) {
      for (const type of ["established", "message-received", "key-rotated", "ended"] as const)
        manager.on(type, meddle);
    }
    const { alice, bob } = await join();
    expect(await alice.ended).toMatchObject({ kind: "closed" });
    expect(await bob.ended).toMatchObject({ kind: "closed" });
    await settle();
    expect(log.filter(entry => entry.startsWith("ended"))).toHaveLength(2);
    expect(a.manager.metrics().sessions + b.manager.metrics().sessions).toBe(0);
  });

  it("X43 that sends inside established: its message is the first that the peer gets", async () => {
    const { a, join } = await duo();
    a.manager.on("established", event => {
      void a.manager.send(event.session!, "first of all");
    });
    const { alice, bob } = await join();
    await alice.send("second");
    expect((await bob.receive())?.text()).toBe("first of all");
    expect((await bob.receive())?.text()).toBe("second");
  });

  it("X43 that connects anew inside ended, and closes the manager inside established", async () => {
    const { a, b, connector, join, acceptor } = await duo();
    const { alice } = await join();
    let again: ReturnType<typeof a.manager.connect> | undefined;
    const off = a.manager.on("ended", () => {
      off();
      again = a.manager.connect(connector, { peer: b.identity.id });
    });
    await alice.close();
    const second = await again!;
    expect((await acceptor.next())?.id).toBe(second.id);
    let closing: Promise<void> | undefined;
    a.manager.on("established", () => (closing = a.manager.close()));
    const third = await a.manager.connect(connector, { peer: b.identity.id });
    await closing;
    expect(third.state).toMatchObject({ name: "ended", end: { kind: "closed", by: "local" } });
    await expect(third.send("x")).rejects.toMatchObject({ code: "session-closed" });
    expect(a.manager.metrics().sessions).toBe(0);
  });

  it("fault 10 X43 that is slow: the events that it has not read are bounded, and what is dropped is counted", async () => {
    const { b, join } = await duo();
    const { alice, bob } = await join();
    const slow = b.manager.events({ capacity: 8 });
    for (let i = 0; i < 50; i++) {
      await alice.send("x");
      await bob.receive();
    }
    expect(slow.dropped).toBe(42);
    expect(b.manager.metrics().droppedEvents).toBe(42);
    for (let i = 0; i < 8; i++) expect((await slow.next()).value?.type).toBe("message-received");
    await slow.return();
    expect(bob.state.name).toBe("active");
  });
});

describe("an application's policy", () => {
  const never = expect.objectContaining({ code: "handshake-failed" }) as unknown;

  it.each([
    [
      "throws",
      () => {
        throw new Error("policy");
      },
    ],
    ["is rejected", () => Promise.reject(new Error("policy"))],
    ["says false", () => false],
    ["says false later", () => Promise.resolve(false)],
    ["says nothing", () => undefined],
    ["says nothing later", () => Promise.resolve(undefined)],
    ["says something else than true", () => "yes"],
    ["says something else than true later", () => Promise.resolve("yes")],
    ["says 1 later", () => Promise.resolve(1)],
  ] as [string, () => unknown][])("X43 that %s refuses the peer, at either end", async (_name, answer) => {
    const errors: unknown[] = [];
    const clock = endpoint().clock;
    const a = endpoint({ clock });
    const b = endpoint({
      clock,
      onError: error => {
        errors.push(error);
        throw new Error("and this one throws as well");
      },
    });
    const listener = memoryListener();
    await b.manager.accept(listener, { allow: answer as AcceptPolicy });
    const connector = memoryConnector(listener);
    await expect(a.manager.connect(connector, { peer: b.identity.id })).rejects.toEqual(never);
    await settle();
    expect(b.manager.metrics()).toMatchObject({ sessions: 0, handshakes: 0 });
    const open = memoryListener();
    await b.manager.accept(open, { allow: anyone });
    await expect(
      a.manager.connect(memoryConnector(open), { trust: answer as AcceptPolicy }),
    ).rejects.toMatchObject({ code: "peer-refused" });
    await settle();
    expect(b.manager.metrics().sessions).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it("X43 that answers twice, and the second time otherwise: the first answer counts", async () => {
    for (const first of [true, false]) {
      const clock = endpoint().clock;
      const a = endpoint({ clock });
      const b = endpoint({ clock });
      const listener = memoryListener();
      const twice = {
        then(resolve: (value: boolean) => void) {
          resolve(first);
          resolve(!first);
        },
      };
      await b.manager.accept(listener, { allow: () => twice as Promise<boolean> });
      const connecting = a.manager.connect(memoryConnector(listener), { peer: b.identity.id });
      if (first) expect((await connecting).state.name).toBe("active");
      else await expect(connecting).rejects.toEqual(never);
    }
  });

  it("X43 that closes the manager while it is asked: nothing is established", async () => {
    const clock = endpoint().clock;
    const a = endpoint({ clock });
    const b = endpoint({ clock });
    const listener = memoryListener();
    let closing: Promise<void> | undefined;
    await b.manager.accept(listener, {
      allow: () => {
        closing = b.manager.close();
        return true;
      },
    });
    await expect(a.manager.connect(memoryConnector(listener), { peer: b.identity.id })).rejects.toEqual(
      never,
    );
    await closing;
    await pass(clock, 1000);
    expect(b.manager.metrics()).toMatchObject({ sessions: 0, handshakes: 0 });
    expect(clock.pending).toBe(0);
  });
});
