import { describe, expect, it } from "vitest";
import { SessionManager } from "../../src/manager/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { channelPair, Host, identities, restored, settle, snapshot, take, texts } from "./durable-support.js";

describe("a durable channel", () => {
  it("carries what was sent before there was a session, in order, and forgets it when it was acknowledged", async () => {
    const { you, a, b, sending, receiving } = await channelPair();
    const ids = [await sending.send("one"), await sending.send("two")].map(({ id }) => id);
    expect(sending.waiting).toBe(2);
    await a.connect(b);
    const messages = await take(receiving, 2);
    expect(texts(messages)).toEqual(["one", "two"]);
    expect(messages.map(({ id }) => id)).toEqual(ids);
    await settle();
    expect(sending.waiting).toBe(0);
    await sending.send("three");
    const names = (await snapshot(a.store))
      .map(({ name }) => name)
      .filter(name => name.startsWith("outbox/"));
    expect(names).toEqual([
      `outbox/${you.id}/${ids[0]!.slice(0, 32)}/0000000000000003`,
      `outbox/${you.id}/head`,
    ]);
    await receiving.send("four");
    expect(texts(await take(receiving, 1))).toEqual(["three"]);
    expect(texts(await take(sending, 1))).toEqual(["four"]);
    expect([...a.errors, ...b.errors, ...a.of("lost"), ...b.of("lost")]).toEqual([]);
  });

  it("brings what was not acknowledged again after a crash of either end, with the same id, each once", async () => {
    const { me, you, a, b, sending, receiving: before } = await channelPair();
    let receiving = before;
    await a.connect(b);
    const ids: string[] = [];
    for (const text of ["1", "2", "3", "4"]) ids.push((await sending.send(text)).id);
    const [first] = await take(receiving, 1);
    const second = await receiving.receive();
    expect([first!.id, second!.id]).toEqual(ids.slice(0, 2));
    // Both processes die: what is in the stores goes on.
    const [disk, other] = [await snapshot(a.store), await snapshot(b.store)];
    await a.manager.close();
    await b.manager.close();
    const a2 = new Host(me, await restored(disk));
    const b2 = new Host(you, await restored(other));
    const again = await a2.manager.durable(you.id);
    await again.send("5");
    receiving = await b2.manager.durable(me.id);
    await b2.connect(a2);
    const messages = await take(receiving, 4);
    expect(texts(messages)).toEqual(["2", "3", "4", "5"]);
    expect(messages.slice(0, 3).map(({ id }) => id)).toEqual(ids.slice(1));
    await settle();
    expect(again.waiting).toBe(0);
    expect([...a2.errors, ...b2.errors, ...a2.of("lost"), ...b2.of("lost")]).toEqual([]);
    expect([...a2.of("quarantined"), ...b2.of("quarantined")]).toEqual([]);
  });

  it("goes on when it is opened after the session, and after it was closed and opened again on the same one", async () => {
    const [me, you] = identities();
    const a = new Host(me, new MemoryStore());
    const b = new Host(you, new MemoryStore());
    await a.connect(b);
    const sending = await a.manager.durable(you.id);
    await sending.send("one");
    await settle();
    let receiving = await b.manager.durable(me.id);
    expect(texts(await take(receiving, 1))).toEqual(["one"]);
    await receiving.close();
    expect(await receiving.receive()).toBeUndefined();
    await sending.send("two");
    receiving = await b.manager.durable(me.id);
    expect(texts(await take(receiving, 1))).toEqual(["two"]);
  });

  it("what is under way to an earlier opening is not taken for an answer to the later one", async () => {
    const [me, you] = identities();
    const a = new Host(me, new MemoryStore());
    const b = new Host(you, new MemoryStore());
    const session = await a.connect(b);
    const sending = await a.manager.durable(you.id);
    await b.manager.durable(me.id);
    const sent: Promise<unknown>[] = [];
    let receiving = await b.manager.durable(me.id);
    for (let round = 0; round < 12; round++) {
      const reopened = b.manager.durable(me.id);
      for (let i = 0; i < 12; i++) {
        sent.push(sending.send(`${round}/${i}`));
        await Promise.resolve();
        if (i % 4 === 0) await settle(1);
      }
      receiving = await reopened;
    }
    await Promise.all(sent);
    expect(texts(await take(receiving, sent.length))).toEqual(
      sent.map((_, i) => `${Math.floor(i / 12)}/${i % 12}`),
    );
    expect(session.state.name).toBe("active");
    expect([...a.of("ended"), ...b.of("ended")]).toEqual([]);
  });

  it("more than the window waits in the store, and comes when there is room", async () => {
    const { a, b, sending, receiving } = await channelPair();
    await a.connect(b);
    const all = Array.from({ length: 700 }, (_, i) => `message ${i}`);
    await Promise.all(all.map(text => sending.send(text)));
    await settle();
    expect(texts(await take(receiving, 700))).toEqual(all);
    const large = new Uint8Array(2 ** 20 - 25).fill(7);
    for (let i = 0; i < 5; i++) await sending.send(large);
    for (const message of await take(receiving, 5)) expect(Buffer.compare(message.bytes, large)).toBe(0);
    await settle();
    expect(sending.waiting).toBe(0);
    await expect(sending.send(new Uint8Array(2 ** 20 - 24))).rejects.toMatchObject({
      code: "plaintext-too-large",
    });
    await expect(sending.send("")).rejects.toMatchObject({ code: "plaintext-empty" });
  });

  it("acknowledgements are in order, each once; one that alongside refuses can be asked for again", async () => {
    const { a, b, sending, receiving } = await channelPair();
    await a.connect(b);
    await sending.send("one");
    await sending.send("two");
    const one = (await receiving.receive())!;
    const two = (await receiving.receive())!;
    await expect(two.ack()).rejects.toMatchObject({ code: "invalid-argument" });
    const refused = new Error("no");
    const throws = (): never => {
      throw refused;
    };
    await expect(one.ack({ alongside: throws })).rejects.toBe(refused);
    await expect(sending.send("not", { alongside: throws })).rejects.toBe(refused);
    let rows = 0;
    await Promise.all([one.ack({ alongside: () => rows++ }), two.ack({ alongside: () => rows++ })]);
    expect(rows).toBe(2);
    await expect(one.ack()).rejects.toMatchObject({ code: "invalid-argument" });
    await sending.send("three");
    expect(texts(await take(receiving, 1))).toEqual(["three"]);
  });

  it("opened a second time, the first is fenced, here and in another process on the same store", async () => {
    const [me, you] = identities();
    const store = new MemoryStore();
    const a = new Host(me, store);
    const first = await a.manager.durable(you.id);
    const waits = first.receive();
    const second = await a.manager.durable(you.id);
    await expect(waits).rejects.toMatchObject({ code: "store-fenced" });
    await expect(first.send("x")).rejects.toMatchObject({ code: "store-fenced" });
    await second.send("y");
    const other = await new Host(me, store).manager.durable(you.id);
    expect(other.waiting).toBe(1);
    await expect(second.send("z")).rejects.toMatchObject({ code: "store-fenced" });
    await expect(second.receive()).rejects.toMatchObject({ code: "store-fenced" });
    await other.send("w");
    expect(other.waiting).toBe(2);
  });

  it("needs a store, and says so; waits end with their signal", async () => {
    const [me, you] = identities();
    const bare = new SessionManager({ identity: me });
    await expect(bare.durable(you.id)).rejects.toMatchObject({ code: "invalid-argument" });
    await bare.close();
    const a = new Host(me, new MemoryStore());
    const channel = await a.manager.durable(you.id);
    const abort = new AbortController();
    const waits = channel.receive({ signal: abort.signal });
    abort.abort();
    await expect(waits).rejects.toMatchObject({ code: "aborted" });
    await expect(channel.send("x", { signal: abort.signal })).rejects.toMatchObject({ code: "aborted" });
    await expect(a.manager.durable(you.id, { signal: abort.signal })).rejects.toMatchObject({
      code: "aborted",
    });
    await a.manager.close();
    await expect(channel.send("x")).rejects.toMatchObject({ code: "session-closed" });
  });
});
