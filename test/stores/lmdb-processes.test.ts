import { describe, expect, it } from "vitest";
import { LmdbStore } from "../../src/stores/lmdb-store.js";
import { freshFolder } from "./lmdb-folder.js";
import { LmdbProcess, lmdbProcesses } from "./lmdb-process.js";

lmdbProcesses();

describe("LMDB store, in several processes", () => {
  it("S5 kill -9 leaves a write and the application's rows beside it both there or neither, and all that was acknowledged", async () => {
    const path = freshFolder();
    let killed = 0;
    const acknowledged: string[] = [];
    for (const lines of [1, 2, 7, 40, 41, 120]) {
      const child = new LmdbProcess("alongside", path, `round${killed}`);
      await child.said(lines);
      await child.kill();
      killed++;
      acknowledged.push(...child.lines.filter(line => line !== "ready"));
    }
    const store = await LmdbStore.open({ path });
    const rows = store.database<number>("orders", { encoding: "msgpack" });
    const written: string[] = [];
    for await (const { name } of store.entries("round")) written.push(name);
    expect(Array.from(rows.getRange(), ({ key }) => key)).toEqual(written);
    for (const name of acknowledged) expect(written).toContain(name);
    expect(acknowledged.length).toBeGreaterThan(150);
    await store.close();
  });

  it("three processes count together, and no step is lost", async () => {
    const path = freshFolder();
    const store = await LmdbStore.open({ path });
    const zero = new TextEncoder().encode("0");
    await store.write([{ kind: "put", name: "count", expected: undefined, bytes: zero }]);
    const children = [0, 1, 2].map(() => new LmdbProcess("count", path, "60"));
    await Promise.all(children.map(({ ended }) => ended));
    for (const { lines } of children) expect(lines[0]).toMatch(/^done/);
    expect(new TextDecoder().decode((await store.get("count"))?.bytes)).toBe("180");
    await store.close();
  });
});

describe("LMDB store and the application's rows", () => {
  it("are one transaction: what throws alongside takes back the rows as well", async () => {
    const store = await LmdbStore.open({ path: freshFolder() });
    const rows = store.database<string>("orders", { encoding: "string" });
    const put = (name: string) =>
      ({ kind: "put", name, expected: undefined, bytes: new Uint8Array(1) }) as const;
    await store.write([put("a")], { alongside: () => void rows.put("a", "kept") });
    const failing = store.write([put("b")], {
      alongside: () => {
        void rows.put("a", "changed");
        void rows.put("b", "written");
        throw new Error("second thoughts");
      },
    });
    const beside = store.write([put("c")], { alongside: () => void rows.put("c", "kept") });
    await expect(failing).rejects.toThrow("second thoughts");
    await beside;
    expect([...rows.getRange()]).toEqual([
      { key: "a", value: "kept" },
      { key: "c", value: "kept" },
    ]);
    expect(await store.get("b")).toBeUndefined();
    const conflict = store.write([put("a")], { alongside: () => void rows.put("d", "no") });
    await expect(conflict).rejects.toMatchObject({ code: "store-conflict" });
    expect(rows.get("d")).toBeUndefined();
    await store.close();
  });

  it("a second opening in the same process is the same environment, and closing one leaves the other", async () => {
    const path = freshFolder();
    const first = await LmdbStore.open({ path });
    const second = await LmdbStore.open({ path: `${path}/.` });
    const put = (name: string) =>
      ({ kind: "put", name, expected: undefined, bytes: new Uint8Array(1) }) as const;
    await Promise.all([first.write([put("a")]), second.write([put("b")])]);
    await first.close();
    await second.write([put("c")]);
    expect(await second.get("a")).toBeDefined();
    await second.close();
  });

  it("what has expired leaves the disk with later writes", async () => {
    let wall = 1_000;
    const store = await LmdbStore.open({ path: freshFolder(), now: () => wall });
    const bytes = new Uint8Array(1);
    await store.write(
      Array.from(
        { length: 100 },
        (_, i) => ({ kind: "put", name: `n${i}`, expected: undefined, bytes, expiresAt: 2_000 }) as const,
      ),
    );
    wall = 3_000;
    for (let i = 0; i < 3; i++)
      await store.write([{ kind: "put", name: `later${i}`, expected: undefined, bytes }]);
    wall = 1_000;
    const left: string[] = [];
    for await (const { name } of store.entries("")) left.push(name);
    expect(left).toEqual(["later0", "later1", "later2"]);
    await store.close();
  });
});
