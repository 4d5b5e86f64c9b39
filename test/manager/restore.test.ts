import { describe, expect, it } from "vitest";
import { toHex } from "../../src/bytes/index.js";
import type { Session } from "../../src/manager/index.js";
import { settle } from "./support.js";
import { talk, world, type Options } from "./resume-support.js";

const full = { persist: "full" } satisfies Options;

/** What a process that was killed tells nobody. */
const ofTheDead = (error: unknown): boolean =>
  error instanceof Error && error.message === "This process is dead.";

describe("a session that carries on after its process", () => {
  it.each(["a", "b", "both"] as const)("goes on without a handshake when %s has restarted", async who => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    const { id, lineage } = first.alice;
    await w.crash(...(who === "both" ? [w.a, w.b] : [w[who]]));
    const again = await w.connect();
    expect(w.a.errors.concat(w.b.errors).filter(error => !ofTheDead(error))).toEqual([]);
    expect(again.alice.id).toBe(id);
    expect(again.bob.id).toBe(id);
    expect(again.alice.lineage).toBe(lineage);
    expect([again.alice.restored, again.bob.restored]).toEqual(["local", "peer"]);
    await talk(again);
    await settle();
    expect(again.alice.metrics().generations).toBe(1);
    expect(again.bob.metrics().generations).toBe(1);
    const record = again.alice.encrypt(new Uint8Array(3));
    expect(again.bob.decrypt(record)).toEqual(new Uint8Array(3));
  });

  it("exports the same keys, carries streams and requests, and is renewed", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    const key = (session: Session): string =>
      toHex(session.exportKey("test", new Uint8Array(0), 32).expose());
    const before = key(first.alice);
    await w.crash(w.a, w.b);
    const again = await w.connect();
    expect([key(again.alice), key(again.bob)]).toEqual([before, before]);
    again.bob.respond("echo", request => request.text());
    expect((await again.alice.request("echo", "x")).text()).toBe("x");
    again.alice.renew();
    await settle();
    expect(again.alice.id).not.toBe(first.alice.id);
    expect(again.alice.id).toBe(again.bob.id);
    await talk(again);
    await w.crash(w.b);
    const third = await w.connect();
    expect(third.alice.id).toBe(again.alice.id);
    await talk(third);
  });

  it("is one session where both ends ask at the same time", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    for (let round = 0; round < 3; round++) {
      await w.crash(w.a, w.b);
      const [alice, bob] = await Promise.all([w.ask("a"), w.ask("b")]);
      await settle();
      expect([alice.id, bob.id]).toEqual([first.alice.id, first.alice.id]);
      expect(w.a.manager.sessions()).toEqual([alice]);
      expect(w.b.manager.sessions()).toEqual([bob]);
      expect([alice.restored, bob.restored]).toEqual(["local", "peer"]);
      await talk({ alice, bob });
    }
  });

  it("S5 carries durable messages on, each once, in order", async () => {
    const w = await world({ stores: true, a: full, b: full });
    const heard: string[] = [];
    const open = async () => {
      const to = await w.a.manager.durable(w.b.identity.id);
      const from = await w.b.manager.durable(w.a.identity.id);
      void (async () => {
        for await (const message of from) {
          heard.push(message.text());
          await message.ack();
        }
      })().catch(() => undefined);
      return to;
    };
    await w.connect();
    let channel = await open();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3; i++) await channel.send(`${round}.${i}`);
      await settle();
      await w.crash(...(round === 1 ? [w.a, w.b] : [w.a]));
      const { alice } = await w.connect();
      expect(alice.restored).toBe("local");
      channel = await open();
      await settle();
    }
    expect(heard).toEqual([0, 1, 2].flatMap(round => [0, 1, 2].map(i => `${round}.${i}`)));
  });

  it("T37 asks the policy of the end that is asked again", async () => {
    let allowed = true;
    const w = await world({ stores: true, a: full, b: full, allow: () => allowed });
    await w.connect();
    await w.crash(w.a);
    allowed = false;
    await expect(w.ask("a")).rejects.toMatchObject({ code: "handshake-failed" });
    allowed = true;
    expect((await w.ask("a")).restored).toBe("local");
  });

  it("goes on under the stricter limits, and not at all where one of them is used up", async () => {
    const w = await world({ stores: true, a: full, b: full });
    await w.connect();
    await w.crash(w.a);
    w.a.options = { ...full, limits: { age: 60_000, receivedMessages: 500 } };
    await w.crash(w.a);
    const second = await w.connect();
    expect(second.bob.checkHealth()).toMatchObject({ remaining: { sentMessages: 500 } });
    await w.crash(w.a);
    w.clock.advance(61_000);
    const third = await w.connect();
    expect(third.alice.restored).toBeUndefined();
  });
});
