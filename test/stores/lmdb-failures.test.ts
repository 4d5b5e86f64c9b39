import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { LmdbStore } from "../../src/stores/lmdb-store.js";
import { freshFolder } from "./lmdb-folder.js";
import { lmdbProcesses, LmdbProcess, runChild } from "./lmdb-process.js";

lmdbProcesses();

const bytes = new Uint8Array(20_000).fill(7);
const put = (name: string, expected?: string) => ({ kind: "put", name, expected, bytes }) as const;

async function filled(): Promise<string> {
  const path = freshFolder();
  const store = await LmdbStore.open({ path });
  for (let i = 0; i < 20; i++) await store.write([put(`n${i}`)]);
  await store.write([put("name")]);
  await store.close();
  return path;
}

const mayMount = spawnSync("unshare", ["-m", "true"]).status === 0;
if (!mayMount && process.env["CI"] !== undefined)
  throw new Error("These tests mount file systems: run as root.");

describe("LMDB store, where the disk fails it", () => {
  it("makes its folder 0700 and its files 0600", async () => {
    const path = freshFolder();
    const store = await LmdbStore.open({ path });
    await store.write([put("name")]);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const file of ["data.mdb", "lock.mdb"]) expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  it.skipIf(!mayMount)("a full disk is store-full: removing goes on, and what was acknowledged stays", () => {
    const path = freshFolder();
    mkdirSync(path, { recursive: true });
    const script = 'mount -t tmpfs -o size=3m tmpfs "$0" && shift 0 && exec "$@"';
    const { stdout } = runChild(["fill", join(path, "store")], ["unshare", "-m", "sh", "-c", script, path]);
    expect(stdout).not.toContain("unhandled");
    const steps = stdout.trim().split("\n");
    expect(steps.filter(step => step === "put ok").length).toBeGreaterThan(5);
    expect(steps).toContain("put store-full");
    expect(steps).toContain("delete-beside ok");
    expect(steps).toContain("delete ok");
    expect(steps).toContain("put-again ok");
    const [, acknowledged, kept] = /acknowledged (\d+) kept (\d+)/.exec(stdout)!;
    expect(kept).toBe(acknowledged);
  });

  it("opened for reading only, a write is store-read-only", async () => {
    const path = await filled();
    const store = await LmdbStore.open({ path, readOnly: true });
    expect((await store.get("name"))?.bytes.length).toBe(bytes.length);
    await expect(store.write([put("other")])).rejects.toMatchObject({ code: "store-read-only" });
    await expect(LmdbStore.open({ path })).rejects.toMatchObject({ code: "store-locked" });
    await store.close();
    const missing = freshFolder();
    await expect(LmdbStore.open({ path: missing, readOnly: true })).rejects.toMatchObject({
      code: "store-failed",
    });
  });

  it.skipIf(!mayMount)("on a read-only mount, opening is store-read-only, and reading works", async () => {
    const path = await filled();
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
    const before = ["unshare", "-m", "sh", "-c", script, path];
    expect(runChild(["attempt", path], before).stdout).toBe("store-read-only\n");
    expect(runChild(["attempt", path, "read-only"], before).stdout).toBe(
      "get 20000\nentries 21\nstore-read-only\n",
    );
  });

  it.each([
    ["text", (file: string) => writeFileSync(file, "no environment at all\n".repeat(1_000))],
    ["less than its first pages", (file: string) => truncateSync(file, 5_000)],
    [
      "what was cut to its first pages",
      (file: string) => {
        truncateSync(file, 8_192);
      },
    ],
    [
      "what was cut and made long again",
      (file: string) => {
        const { size } = statSync(file);
        truncateSync(file, 16_384);
        truncateSync(file, size);
      },
    ],
  ])("%s instead of an environment is store-corrupt, and ends no process", async (_, damage) => {
    const path = await filled();
    damage(join(path, "data.mdb"));
    expect(runChild(["attempt", path]).stdout).toMatch(/store-corrupt\n$/);
  });

  it("a store that was cut at any page is store-corrupt or reads as it was, and ends no process", async () => {
    const path = await filled();
    const pages = statSync(join(path, "data.mdb")).size / 4_096;
    for (let page = 3; page < pages; page += 11) {
      const cut = freshFolder();
      mkdirSync(dirname(cut), { recursive: true });
      cpSync(path, cut, { recursive: true });
      rmSync(join(cut, "lock.mdb"));
      truncateSync(join(cut, "data.mdb"), page * 4_096);
      expect(runChild(["attempt", cut]).stdout).toMatch(/(store-corrupt|entries 21\nwrite ok)\n$/);
    }
  });

  it("a write that another process holds up is store-timeout, and the store goes on afterwards", async () => {
    const path = freshFolder();
    const store = await LmdbStore.open({ path, timeout: 300 });
    await store.write([put("name")]);
    const other = new LmdbProcess("hold", path);
    await other.said(1);
    await expect(store.write([put("late")])).rejects.toMatchObject({ code: "store-timeout" });
    await expect(store.get("name")).resolves.toBeDefined();
    await other.kill();
    // What timed out takes place as soon as it can: nobody may conclude from the error that it did not.
    await expect.poll(() => store.get("late"), { timeout: 10_000 }).toBeDefined();
    await store.write([put("after")]);
    expect(await store.get("held")).toBeUndefined();
    await store.close();
  });

  it("refuses a time-out that is none", async () => {
    for (const timeout of [0, -1, Number.NaN, Infinity])
      await expect(LmdbStore.open({ path: freshFolder(), timeout })).rejects.toMatchObject({
        code: "invalid-argument",
      });
  });

  it("each of these errors is a SessionError of the category store", async () => {
    const path = freshFolder();
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "data.mdb"), "x".repeat(9_000));
    const [result] = await Promise.allSettled([LmdbStore.open({ path })]);
    expect(result.status === "rejected" && SessionError.is(result.reason) && result.reason.category).toBe(
      "store",
    );
  });
});
