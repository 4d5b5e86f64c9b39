import { describe, expect, it } from "vitest";
import { managerDefaults } from "../../src/manager/index.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";
import { anyone } from "../../src/manager/index.js";
import { BareEnd, duo, pass, settle } from "./support.js";

const aborted = expect.objectContaining({ code: "aborted" }) as unknown;

describe("drain", () => {
  it("takes no more sessions, lets those there are finish, and is over when the last has", async () => {
    const { a, b, join, connector, listener, acceptor, clock } = await duo();
    const { alice, bob } = await join();
    const draining = b.manager.drain();
    await settle();
    expect(await acceptor.next()).toBeUndefined();
    await expect(a.manager.connect(connector, { peer: b.identity.id })).rejects.toMatchObject({
      code: "connect-failed",
    });
    await expect(b.manager.connect(connector, { peer: a.identity.id })).rejects.toMatchObject({
      code: "session-closed",
    });
    await expect(b.manager.accept(listener, { allow: anyone })).rejects.toMatchObject({
      code: "session-closed",
    });
    await alice.send("still served");
    expect((await bob.receive())?.text()).toBe("still served");
    await bob.send("and answered");
    expect((await alice.receive())?.text()).toBe("and answered");
    await alice.close();
    expect(await draining).toEqual({ closed: 0 });
    expect(b.manager.metrics().sessions).toBe(0);
    await pass(clock, 1000);
    expect(await bob.ended).toMatchObject({ kind: "closed", by: "peer" });
  });

  it("closes what is left at the deadline, and says how many that were", async () => {
    const { b, join, clock } = await duo();
    const [first, second] = [await join(), await join()];
    const draining = b.manager.drain({ deadline: 5000 });
    await settle();
    clock.advance(4999);
    await settle();
    expect(first.bob.state.name).toBe("active");
    await pass(clock, 12_000);
    expect(await draining).toEqual({ closed: 2 });
    for (const { alice } of [first, second])
      expect(await alice.ended).toMatchObject({ kind: "closed", by: "peer", reason: "going-away" });
  });

  it(`waits for ${managerDefaults.drainTime} ms unless told otherwise`, async () => {
    const { b, join, clock } = await duo();
    const { bob } = await join();
    const draining = b.manager.drain();
    await settle();
    clock.advance(managerDefaults.drainTime - 1);
    await settle();
    expect(bob.state.name).toBe("active");
    await pass(clock, 12_000);
    expect(await draining).toEqual({ closed: 1 });
  });

  it("ends handshakes and sessions that nobody took at once", async () => {
    const { a, b, listener, connector, clock } = await duo();
    const end = await BareEnd.to(listener);
    const untaken = await a.manager.connect(connector, { peer: b.identity.id });
    await settle();
    expect(b.manager.metrics()).toMatchObject({ handshakes: 1, sessions: 1 });
    const draining = b.manager.drain();
    await pass(clock, 11_000);
    expect(end.ended).toBe(true);
    expect(await untaken.ended).toMatchObject({ kind: "closed", by: "peer", reason: "going-away" });
    expect(await draining).toEqual({ closed: 0 });
  });

  it("whose wait is aborted still takes nothing; close ends it, and so does a second drain", async () => {
    const { b, join, clock } = await duo();
    const { bob } = await join();
    const abort = new AbortController();
    const draining = b.manager.drain({ signal: abort.signal });
    await settle();
    abort.abort();
    await expect(draining).rejects.toEqual(aborted);
    expect(bob.state.name).toBe("active");
    const again = b.manager.drain({ deadline: 0 });
    await pass(clock, 12_000);
    expect(await again).toEqual({ closed: 1 });
    await b.manager.close();
  });

  it("by a listener of the last session's end does no harm", async () => {
    const { b, join, clock } = await duo();
    const { alice, bob } = await join();
    let drained: Promise<unknown> | undefined;
    b.manager.on("ended", () => {
      drained = b.manager.drain();
    });
    await alice.close();
    await bob.ended;
    await pass(clock, 12_000);
    expect(await drained).toEqual({ closed: 0 });
  });
});

describe("an AbortSignal of what else waits in a manager", () => {
  it("ends the wait of next, and the session goes to the one who waits behind", async () => {
    const { acceptor, join } = await duo();
    const abort = new AbortController();
    const first = acceptor.next({ signal: abort.signal });
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(first).rejects.toMatchObject({ code: "aborted", cause: reason });
    const { bob } = await join();
    expect(bob.state.name).toBe("active");
    await expect(acceptor.next({ signal: abort.signal })).rejects.toEqual(aborted);
  });

  it("ends the wait of accept: the listener is closed when it is ready after all", async () => {
    const { b } = await duo();
    const inner = memoryListener();
    let ready = (): void => undefined;
    let closed = 0;
    const slow = {
      listen: (take: Parameters<typeof inner.listen>[0]) =>
        new Promise<string>(resolve => {
          ready = () => void inner.listen(take).then(resolve);
        }),
      close: () => {
        closed++;
        return inner.close();
      },
    };
    const abort = new AbortController();
    const accepting = b.manager.accept(slow, { allow: anyone, signal: abort.signal });
    await settle();
    abort.abort();
    await expect(accepting).rejects.toEqual(aborted);
    ready();
    await settle();
    expect(closed).toBe(1);
    await expect(memoryConnector(inner).connect(new AbortController().signal)).rejects.toMatchObject({
      code: "connect-failed",
    });
    const early = b.manager.accept(memoryListener(), { allow: anyone, signal: AbortSignal.abort() });
    await expect(early).rejects.toEqual(aborted);
  });

  it("ends the wait of close; the closing goes on", async () => {
    const { b, acceptor, join, clock } = await duo();
    const { alice } = await join();
    for (const closing of [acceptor, b.manager])
      await expect(closing.close({ signal: AbortSignal.abort() })).rejects.toEqual(aborted);
    await pass(clock, 11_000);
    expect(await alice.ended).toMatchObject({ kind: "closed", by: "peer", reason: "going-away" });
    await b.manager.close();
  });

  it("ends the wait for a store in history", async () => {
    const never = new Promise<never>(() => undefined);
    const hanging = {
      transactional: false,
      get: () => never,
      write: () => Promise.resolve(["1"]),
      entries: () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }),
      close: () => Promise.resolve(),
    };
    const { a, b } = await duo({ b: { store: hanging } });
    const abort = new AbortController();
    const reading = b.manager.history(a.identity.id, { signal: abort.signal }).next();
    await settle();
    abort.abort();
    await expect(reading).rejects.toEqual(aborted);
    const early = b.manager.history(a.identity.id, { signal: abort.signal }).next();
    await expect(early).rejects.toEqual(aborted);
  });
});
