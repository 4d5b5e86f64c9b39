import { afterEach, describe, expect, it } from "vitest";
import {
  Identity,
  SessionManager,
  type Session,
  type SessionManagerOptions,
} from "../../src/manager/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { tcp, tcpListener } from "../../src/transports/tcp.js";

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close();
});

async function pair(options: Partial<SessionManagerOptions>) {
  const identities = [Identity.generate(), Identity.generate()] as const;
  const [a, b] = identities.map(identity => {
    const manager = new SessionManager({ identity, ...options });
    cleanup.push(() => manager.close());
    return manager;
  }) as [SessionManager, SessionManager];
  const acceptor = await b.accept(tcpListener(), { allow: [identities[0].id] });
  const [alice, bob] = await Promise.all([
    a.connect(tcp(acceptor.address), { peer: identities[1].id }),
    acceptor.next(),
  ]);
  return { managers: [a, b] as const, alice, bob: bob!, identities };
}

async function count(session: Session): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of session) texts.push(message.text());
  return texts;
}

describe("a busy session over TCP", () => {
  it("renews itself again and again; nothing is lost, repeated or out of order, and the handles stay", async () => {
    const { alice, bob, managers } = await pair({
      limits: { sentMessages: { warn: 100, max: 1_000 }, receivedMessages: { warn: 100, max: 1_000 } },
      keyPolicy: {
        rotation: { records: 30, bytes: 1e9, time: 1e9 },
        generation: { rotations: 2, time: 1e9 },
      },
    });
    const events = { renewed: 0, generations: 0 };
    managers[0].on("renewed", () => void events.renewed++);
    managers[0].on("epoch-advanced", () => void events.generations++);
    const firstId = alice.id;
    const messages = Array.from({ length: 3_000 }, (_, i) => `message ${i}`);
    const toBob = count(bob);
    const toAlice = count(alice);
    await Promise.all([
      (async () => {
        for (const message of messages) await alice.send(message);
      })(),
      (async () => {
        for (const message of messages) await bob.send(message);
      })(),
    ]);
    await alice.send("the end");
    await bob.send("the end");
    await new Promise(resolve => setTimeout(resolve, 200));
    await alice.close();
    expect(await toBob).toEqual([...messages, "the end"]);
    expect(await toAlice).toEqual([...messages, "the end"]);
    expect(events.renewed).toBeGreaterThan(4);
    expect(events.generations).toBeGreaterThan(2);
    expect(alice.id).not.toBe(firstId);
    expect(alice.id).toBe(bob.id);
  }, 60_000);

  it("is found by its new id, and its old one is recorded as renewed", async () => {
    const store = new MemoryStore();
    const { alice, managers, identities } = await pair({ store });
    const old = alice.id;
    const renewed = new Promise(resolve => alice.on("renewed", resolve));
    alice.renew();
    await renewed;
    expect(managers[0].session(alice.id)).toBe(alice);
    expect(() => managers[0].session(old)).toThrow(expect.objectContaining({ code: "session-closed" }));
    await managers[0].close();
    const statuses = new Map<string, string>();
    for await (const { id, status } of managers[0].history(identities[1].id)) statuses.set(id, status);
    expect(statuses).toEqual(
      new Map([
        [old, "renewed"],
        [alice.id, "closed"],
      ]),
    );
  });

  it("that nobody renews is warned, then refused, and says how to recover", async () => {
    const { alice, bob } = await pair({
      limits: { age: { warn: 300, max: 900 } },
      autoRenew: false,
    });
    const warned = new Promise(resolve => alice.on("near-expiry", resolve));
    expect(await warned).toMatchObject({ reason: "age" });
    expect(alice.checkHealth()).toMatchObject({ status: "near-expiry", reason: "age" });
    expect(await alice.ended).toMatchObject({ kind: "expired", reason: "age" });
    await expect(alice.send("too late")).rejects.toMatchObject({
      code: "session-expired",
      recovery: "rehandshake",
    });
    expect((await bob.ended).kind).toMatch(/closed|expired/);
  });
});
