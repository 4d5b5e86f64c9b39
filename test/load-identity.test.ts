import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../src/bytes/index.js";
import { loadIdentity, saveIdentity } from "../src/identity-file.js";
import { Identity } from "../src/index.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "identity-"));
  path = join(folder, "me.key");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("an identity in a file", () => {
  it("is the same after it was saved and loaded, and the saved one stays usable", async () => {
    const identity = Identity.generate();
    await saveIdentity(path, identity);
    expect((await loadIdentity(path)).id).toBe(identity.id);
    expect(identity.exportSecretKey().length).toBe(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("is made on demand, once", async () => {
    const { id } = await loadIdentity(path, { create: true });
    expect((await loadIdentity(path, { create: true })).id).toBe(id);
    expect((await loadIdentity(path)).id).toBe(id);
  });

  it("is wrapped from the beginning where it is made with a passphrase", async () => {
    const given: Secret[] = [];
    const passphrase = (): Secret => {
      given.push(Secret.copy(new TextEncoder().encode("words")));
      return given.at(-1)!;
    };
    const { id } = await loadIdentity(path, { create: true, passphrase });
    expect(given.map(({ disposed }) => disposed)).toEqual([true]);
    await expect(loadIdentity(path)).rejects.toMatchObject({ code: "identity-file-locked" });
    expect((await loadIdentity(path, { passphrase })).id).toBe(id);
  });

  it("is not made where no passphrase comes", async () => {
    const passphrase = (): Promise<Secret> => Promise.reject(new Error("left"));
    await expect(loadIdentity(path, { create: true, passphrase })).rejects.toThrow("left");
    expect(await readdir(folder)).toEqual([]);
  });

  it("is one identity where several make it at the same time", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadIdentity(path, { create: true })));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await readdir(folder)).toEqual(["me.key"]);
  });

  it("is not made where nobody asked for that", async () => {
    await expect(loadIdentity(path)).rejects.toMatchObject({ code: "identity-file-missing" });
    await expect(loadIdentity(path, { create: false })).rejects.toMatchObject({
      code: "identity-file-missing",
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("is never made in the place of a file that can't be used", async () => {
    await writeFile(path, "something else\n", { mode: 0o600 });
    await expect(loadIdentity(path, { create: true })).rejects.toMatchObject({
      code: "identity-file-malformed",
    });
    await chmod(path, 0o644);
    await expect(loadIdentity(path, { create: true })).rejects.toMatchObject({
      code: "identity-file-exposed",
    });
    await expect(saveIdentity(path, Identity.generate())).rejects.toMatchObject({
      code: "identity-file-exists",
    });
    expect(await readFile(path, "utf8")).toBe("something else\n");
  });

  it("X45 shows no secret key", async () => {
    const identity = await loadIdentity(path, { create: true });
    const encoded = (await readFile(path, "utf8")).split("\n")[1]!;
    const hex = Buffer.from(encoded, "base64").toString("hex");
    for (const shown of [inspect(identity, { depth: 9, showHidden: true }), JSON.stringify(identity)])
      expect(shown.includes(encoded) || shown.includes(hex)).toBe(false);
  });
});
