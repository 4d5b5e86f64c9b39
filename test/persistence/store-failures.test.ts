import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { Identity } from "../../src/manager/index.js";
import { MemoryStore } from "../../src/stores/memory-store.js";
import { failingStore, type Failure } from "./failing-store.js";
import { Host, restored, settle, snapshot } from "./durable-support.js";

const texts = ["one", "two", "three"];
const [me, you] = [Identity.generate(), Identity.generate()];

/** Does it until it has been done: each failure has a code of the store. */
async function untilDone<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let left = 20; ; left--) {
    try {
      return await run();
    } catch (error) {
      if (left === 0 || !SessionError.is(error) || error.category !== "store") throw error;
    }
  }
}

/** Everything goes from `me` to `you` while writes of one end fail, then both processes start again on what the disks have. */
async function trial(end: "sender" | "receiver", failure: Failure, k: number, times = 1) {
  const disks = [new MemoryStore(), new MemoryStore()] as const;
  const failing = failingStore(disks[end === "sender" ? 0 : 1], failure, k, times);
  const a = new Host(me, end === "sender" ? failing.store : disks[0]);
  const b = new Host(you, end === "receiver" ? failing.store : disks[1]);
  // The store is the channel's alone: sessions keep no state in these.
  const sending = await untilDone(() => a.manager.durable(you.id));
  const receiving = await untilDone(() => b.manager.durable(me.id));
  await a.connect(b);
  const rows: string[] = [];
  const ids: string[] = [];
  const received: string[] = [];
  for (const text of texts) {
    ids.push((await untilDone(() => sending.send(text))).id);
    const message = (await receiving.receive())!;
    received.push(message.id);
    await untilDone(() => message.ack({ alongside: () => rows.push(message.text()) }));
  }
  await settle();
  const hosts = [new Host(me, await restored(await snapshot(disks[0])))] as const;
  return { a, b, failing, rows, ids, received, again: hosts[0], sending };
}

describe("the store's failures", () => {
  for (const end of ["sender", "receiver"] as const)
    for (const failure of ["failed", "answer-lost", "late", "full"] as const)
      it(`every write of the ${end} in turn, ${failure}: what was acknowledged comes once, in order, and the channel goes on`, async () => {
        for (let k = 1; ; k++) {
          const { failing, rows, ids, received, again, a, b } = await trial(end, failure, k);
          if (!failing.done()) break;
          expect(rows, `write ${k}`).toEqual(texts);
          expect(received, `write ${k}`).toEqual(ids);
          expect(new Set(ids).size).toBe(ids.length);
          expect((await again.manager.durable(you.id)).waiting).toBeLessThanOrEqual(texts.length);
          expect([...a.of("quarantined"), ...b.of("quarantined"), ...a.of("lost"), ...b.of("lost")]).toEqual(
            [],
          );
          await Promise.all([again, a, b].map(({ manager }) => manager.close()));
        }
      }, 60_000);

  it("a store that stays away ends the channel with its error; opened again, nothing is lost that was acknowledged", async () => {
    for (const failure of ["failed", "answer-lost", "late"] as const)
      for (let k = 2; k < 8; k++) {
        const disk = new MemoryStore();
        const failing = failingStore(disk, failure, k, 12);
        const a = new Host(me, failing.store);
        let channel = await a.manager.durable(you.id);
        const stored: string[] = [];
        for (let n = 1; n <= 6; n++) {
          for (;;) {
            try {
              stored.push((await channel.send(`message ${n}`)).id);
              break;
            } catch (error) {
              expect(error).toMatchObject({ category: "store" });
              channel = await untilDone(() => a.manager.durable(you.id));
            }
          }
        }
        await a.manager.close();
        const b = new Host(you, new MemoryStore());
        const a2 = new Host(me, disk);
        await a2.manager.durable(you.id);
        const receiving = await b.manager.durable(me.id);
        await a2.connect(b);
        await settle();
        const ids: string[] = [];
        const got: string[] = [];
        while (ids.at(-1) !== stored.at(-1)) {
          const message = (await receiving.receive())!;
          ids.push(message.id);
          got.push(message.text());
          await message.ack();
        }
        expect(ids.filter(id => stored.includes(id))).toEqual(stored);
        expect(new Set(ids).size).toBe(ids.length);
        expect([...new Set(got)]).toEqual([1, 2, 3, 4, 5, 6].map(n => `message ${n}`));
        await Promise.all([a2, b].map(({ manager }) => manager.close()));
      }
  }, 60_000);

  it("a message that was cut out of the store, or changed, ends the channel: what comes after it must wait", async () => {
    const disk = new MemoryStore();
    const a = new Host(me, disk);
    const channel = await a.manager.durable(you.id);
    for (const text of texts) await channel.send(text);
    await a.manager.close();
    const entries = await snapshot(disk);
    const second = entries.filter(({ name }) => name.endsWith("/0000000000000002"));
    expect(second).toHaveLength(1);
    const without = new Host(me, await restored(entries.filter(entry => entry !== second[0])));
    await expect(without.manager.durable(you.id)).rejects.toMatchObject({ code: "snapshot-invalid" });
    const bytes = Uint8Array.from(second[0]!.bytes, (byte, i) => (i === 49 ? byte ^ 1 : byte));
    const changed = entries.map(entry => (entry === second[0] ? { ...entry, bytes } : entry));
    const a2 = new Host(me, await restored(changed));
    const b = new Host(you, new MemoryStore());
    const sending = await a2.manager.durable(you.id);
    const receiving = await b.manager.durable(me.id);
    await a2.connect(b);
    expect((await receiving.receive())!.text()).toBe("one");
    await expect(sending.receive()).rejects.toMatchObject({ code: "snapshot-invalid" });
  });
});
