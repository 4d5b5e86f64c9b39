import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GroupCommit, openFence } from "../../src/persistence/index.js";
import type { StoreWrite } from "../../src/ports/index.js";
import { FatedStore, put, seal, textOf } from "./seals.js";

describe("GroupCommit", () => {
  it("merges what is asked for in one turn, and tells each the versions of its own", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store);
    const versions = await Promise.all(
      ["a", "b", "c"].map(name => group.write([put(name, undefined), put(`${name}2`, undefined)])),
    );
    expect(store.written).toHaveLength(1);
    for (const [i, name] of ["a", "b", "c"].entries())
      expect(versions[i]).toEqual([(await store.get(name))!.version, (await store.get(`${name}2`))!.version]);
  });

  it("merges what is asked for while a write is under way", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store);
    const first = group.write([put("first", undefined)]);
    await Promise.resolve();
    const others = ["a", "b", "c"].map(name => group.write([put(name, undefined)]));
    await Promise.all([first, ...others]);
    expect(store.written.map(writes => writes.length)).toEqual([1, 3]);
  });

  it("shares one requirement, and keeps writes of one name apart and in order", async () => {
    const store = new FatedStore();
    const fence = await openFence(store, seal, "fence/peer");
    const group = new GroupCommit(store);
    store.written.length = 0;
    const asked = [
      group.write([fence.require(), put("a", undefined)]),
      group.write([fence.require(), put("b", undefined)]),
      group.write([put("a", "gone")]),
      // Shares a name with one that waits: it waits as well.
      group.write([put("a", undefined), put("c", undefined)]),
      group.write([put("c", undefined)]),
      group.write([put("d", undefined)]),
    ];
    const results = await Promise.allSettled(asked);
    expect(store.written.map(writes => writes.map(({ name }) => name))).toEqual([
      ["fence/peer", "a", "b", "d"],
      ["a"],
      ["a", "c"],
      ["c"],
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
  });

  it("S3 an overtaken fence in the same turn as the one that overtook it is refused", async () => {
    const store = new FatedStore();
    const fences = [await openFence(store, seal, "fence/peer"), await openFence(store, seal, "fence/peer")];
    const group = new GroupCommit(store);
    for (const order of [fences, [...fences].reverse()]) {
      const asked = order.map(fence => group.write([fence.require(), put(`row ${fence.fence}`, undefined)]));
      const results = await Promise.allSettled(asked);
      for (const [i, { fence }] of order.entries())
        expect(results[i]!.status).toBe(fence === 2n ? "fulfilled" : "rejected");
      await store.write([{ kind: "delete", name: "row 2", expected: (await store.get("row 2"))!.version }]);
    }
  });

  it("one loser costs the others nothing", async () => {
    const store = new FatedStore();
    await store.write([put("5", undefined, "taken")]);
    const group = new GroupCommit(store);
    const names = Array.from({ length: 16 }, (_, i) => String(i));
    const results = await Promise.allSettled(names.map(name => group.write([put(name, undefined)])));
    expect(results.flatMap(({ status }, i) => (status === "rejected" ? [i] : []))).toEqual([5]);
    expect(results[5]).toMatchObject({ reason: { code: "store-conflict" } });
    expect(await textOf(store, "5")).toBe("taken");
    for (const name of names.filter(other => other !== "5")) expect(await textOf(store, name)).toBe(name);
  });

  it("a write that names something twice is refused as it is", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store);
    const results = await Promise.allSettled([
      group.write([put("a", undefined)]),
      group.write([put("b", undefined), put("b", undefined)]),
      group.write([put("c", undefined)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: { code: "invalid-argument" } });
  });

  it("passes on to each that nobody knows whether it was written", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store);
    store.fates.push("lost");
    const results = await Promise.allSettled(["a", "b"].map(name => group.write([put(name, undefined)])));
    for (const result of results) expect(result).toMatchObject({ reason: { code: "store-failed" } });
    expect(await textOf(store, "b")).toBe("b");
    expect(store.written).toHaveLength(1);
  });

  it("calls every `alongside` in the one transaction; one that throws is alone with it", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store);
    const rows: string[] = [];
    const broken = new Error("no such table");
    const results = await Promise.allSettled([
      group.write([put("a", undefined)], { alongside: () => rows.push("a") }),
      group.write([put("b", undefined)], {
        alongside: () => {
          throw broken;
        },
      }),
      group.write([put("c", undefined)], { alongside: () => rows.push("c") }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: broken });
    expect(await store.get("b")).toBeUndefined();
    expect(rows.slice(-2)).toEqual(["a", "c"]);
    expect(store.written).toHaveLength(2);
  });

  it("X38 lets so many wait, and goes on when they have ended", async () => {
    const group = new GroupCommit(new FatedStore(), { waiting: 2 });
    const asked = [group.write([put("a", undefined)]), group.write([put("b", undefined)])];
    await expect(group.write([put("c", undefined)])).rejects.toMatchObject({ code: "store-busy" });
    await Promise.all(asked);
    await group.write([put("c", undefined)]);
  });

  it("keeps to its size, and takes a large write by itself", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store, { parts: 3, bytes: 10 });
    const texts = ["1234", "1234", "123456789012345", "1", "1", "1", "1"];
    await Promise.all(texts.map((text, i) => group.write([put(String(i), undefined, text)])));
    expect(store.written.map(writes => writes.map(({ name }) => name))).toEqual([
      ["0", "1", "3"],
      ["2"],
      ["4", "5", "6"],
    ]);
  });

  it("ends what was asked for before it closes", async () => {
    const store = new FatedStore();
    const group = new GroupCommit(store);
    const asked = group.write([put("a", undefined)]);
    await group.close();
    await asked;
    await expect(group.write([put("b", undefined)])).rejects.toMatchObject({ code: "store-failed" });
  });

  it("does what the same writes one after another do, wherever they do not depend on the order", async () => {
    const kind = fc.constantFrom<StoreWrite["kind"]>("put", "put", "delete", "require");
    const part = fc.record({ kind, name: fc.constantFrom("a", "b", "c", "d"), right: fc.boolean() });
    const asked = fc.uniqueArray(part, { selector: ({ name }) => name, minLength: 1, maxLength: 3 });
    const waits = fc.boolean();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(asked, waits), { minLength: 1, maxLength: 14 }), async script => {
        const [store, model] = [new FatedStore(), new FatedStore()];
        const versions: Record<string, string> = {};
        for (const name of ["a", "b"]) {
          versions[name] = (await store.write([put(name, undefined, "begin")]))[0]!;
          await model.write([put(name, undefined, "begin")]);
        }
        const group = new GroupCommit(store, { parts: 5 });
        const outcomes: Promise<string>[] = [];
        const expected: string[] = [];
        for (const [i, [parts, wait]] of script.entries()) {
          const writes = parts.map(({ kind, name, right }): StoreWrite => {
            const version = right ? versions[name] : (versions[name] ?? "") + "?";
            if (kind === "put") return put(name, version, `${name} ${i}`);
            return kind === "require"
              ? { kind, name, expected: version }
              : { kind: "delete", name, expected: version ?? "?" };
          });
          const outcome = async (write: Promise<unknown>): Promise<string> =>
            write.then(
              () => "written",
              () => "refused",
            );
          outcomes.push(outcome(group.write(writes)));
          // The versions of both stores count the same writes: the first refusals and successes must be the same.
          expected.push(await outcome(model.write(writes)));
          if (wait) await outcomes.at(-1);
        }
        expect(await Promise.all(outcomes)).toEqual(expected);
        for (const name of ["a", "b", "c", "d"])
          expect(await textOf(store, name)).toBe(await textOf(model, name));
      }),
      { numRuns: 300, seed: 8 },
    );
  });
});
