import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bowline, ensureBuilt, root } from "../cli/command.js";

/** An application's folder, where `bowline` is a package among others. */
let folder: string;
beforeAll(() => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), "bowline-examples-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/bowline"), "junction");
  cpSync(join(root, "examples"), folder, { recursive: true });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", timeout: 20_000 });
}

it("every example is run here", () => {
  const files = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" });
  expect(files.filter(name => name.endsWith(".mjs")).sort()).toEqual([
    "first-program.mjs",
    "own-store.mjs",
    join("two-processes", "dial.mjs"),
    join("two-processes", "listen.mjs"),
  ]);
});

it("the first program has at most 15 lines, says hello both ways, and ends by itself", () => {
  expect(readFileSync(join(folder, "first-program.mjs"), "utf8").split("\n").length - 1).toBeLessThanOrEqual(
    15,
  );
  expect(node("first-program.mjs")).toMatchObject({
    status: 0,
    stdout: "Hello, Ben.\nHello, Anna.\n",
    stderr: "",
  });
});

it("a store of one's own keeps the contract, and one that forgets to compare does not", () => {
  const sound = node("--test-reporter=tap", "own-store.mjs");
  expect(sound.status, sound.stdout).toBe(0);
  expect(sound.stdout).toMatch(/# pass (2[5-9]|[3-9]\d)\n# fail 0\n/);
  const code = readFileSync(join(folder, "own-store.mjs"), "utf8");
  writeFileSync(join(folder, "careless-store.mjs"), code.replace("if (present !== expected)", "if (false)"));
  const careless = node("--test-reporter=tap", "careless-store.mjs");
  expect(careless.status).toBe(1);
  expect(careless.stdout).toMatch(/^not ok \d+ - creating what exists is a conflict/m);
});

it.each([
  ["two-processes/dial.mjs", ["me.key", "127.0.0.1:1", "peer"]],
  ["two-processes/listen.mjs", ["me.key", "0"]],
])("%s says how it is used, and in one line what is wrong", (file, tooFew) => {
  expect(node(file, ...tooFew)).toMatchObject({ status: 2, stdout: "" });
  expect(node(file, ...tooFew).stderr).toMatch(/^usage: node \w+\.mjs KEY [^\n]+\n$/);
  const wrong = node(file, ...tooFew, "something");
  expect(wrong).toMatchObject({ status: 1, stdout: "" });
  expect(wrong.stderr).toMatch(/^identity-file-missing: [^\n]+\n$/);
});

it("two processes talk, and a third one is not let in", async () => {
  const key = (name: string): [file: string, id: string] => {
    const file = join(folder, `${name}.key`);
    bowline("keygen", "--out", file);
    return [file, bowline("id", "--key", file).stdout.split("\n")[0]!];
  };
  const [[anna, annaId], [ben, benId], [eve]] = [key("anna"), key("ben"), key("eve")];
  const listener = spawn(process.execPath, ["two-processes/listen.mjs", ben, "0", annaId], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(listener, "close");
  try {
    const lines = createInterface({ input: listener.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<string> => (await lines.next()).value as string;
    const first = /^listening at tcp:\/\/(127\.0\.0\.1:\d+) as ([0-9a-f]{64})$/.exec(await next());
    expect(first?.[2]).toBe(benId);
    const address = first![1]!;

    const dial = (file: string, ...texts: string[]): ReturnType<typeof node> =>
      node("two-processes/dial.mjs", file, address, benId, ...texts);
    expect(dial(anna, "one", "two")).toMatchObject({
      status: 0,
      stdout: "you said: one\nyou said: two\n",
      stderr: "",
    });
    expect(await next()).toBe(`session with ${annaId}, IKhfs`);
    expect(await next()).toBe("heard: one");
    expect(await next()).toBe("heard: two");
    expect(await next()).toBe("the peer has closed the session");

    expect(dial(eve, "let me in")).toMatchObject({ status: 1, stdout: "" });
    expect(dial(anna, "three")).toMatchObject({ status: 0 });
    expect(await next()).toBe(`session with ${annaId}, IKhfs`);
    expect(await next()).toBe("heard: three");
  } finally {
    listener.kill();
    await closed;
  }
});
