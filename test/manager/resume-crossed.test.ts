import { expect, it } from "vitest";
import { pass, settle } from "./support.js";
import { talk, world, type Options } from "./resume-support.js";

const full = { persist: "full", floor: "classic", prefer: "classic" } satisfies Options;

it("resumptions that both ends ask for at the same moment, or nearly, leave one session, the same at both, which is resumed later", async () => {
  for (const [turnsOfA, turnsOfB] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 0],
    [0, 4],
    [4, 0],
  ] as const) {
    const w = await world({ stores: true, a: full, b: full });
    const first = await w.connect();
    await talk(first);
    await w.crash(w.a, w.b);
    for (const { store } of [w.a, w.b])
      for await (const { name, version } of store!.entries("rest"))
        await store!.write([{ kind: "delete", name, expected: version }]);
    const ask = async (from: "a" | "b", turns: number) => {
      await settle(turns);
      return w.ask(from, "resume");
    };
    const asked = Promise.allSettled([ask("a", turnsOfA), ask("b", turnsOfB)]);
    await pass(w.clock, 3_000);
    await asked;
    await pass(w.clock, 40_000);
    const [alice, bob] = [w.a.manager.sessions(), w.b.manager.sessions()];
    expect([alice.length, bob.length]).toEqual([1, 1]);
    expect(alice[0]!.id).toBe(bob[0]!.id);
    expect(alice[0]!.lineage).toBe(first.alice.lineage);
    expect(alice[0]!.resumed).toBeDefined();
    await talk({ alice: alice[0]!, bob: bob[0]! });
    await w.cut();
    const later = await w.ask("a", "resume");
    expect(later.lineage).toBe(first.alice.lineage);
  }
});
