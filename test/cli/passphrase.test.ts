import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bowline, bowlineWith, ensureBuilt, shellCommand, type Run } from "./command.js";

let folder: string;
let key: string;
let id: string;
beforeAll(() => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), "bowline-passphrase-"));
  key = join(folder, "me.key");
  const made = bowlineWith(
    { BOWLINE_PASSPHRASE: "open sesame" },
    "keygen",
    "--out",
    key,
    "--passphrase",
    "--json",
  );
  id = (JSON.parse(made.stdout) as { id: string }).id;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const patience = 120_000;

function expectOneLine({ stderr }: Run): void {
  expect(stderr).toMatch(/^bowline: [^\n]+\n$/);
}

/** util-linux's `script` gives a process a terminal of its own. */
const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

/** Runs the command on a terminal, and types each answer when its question stands there. */
function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<{ readonly status: number | null; readonly screen: string }> {
  const child = spawn("script", ["-qec", shellCommand(...args), "/dev/null"], {
    env: { ...process.env, BOWLINE_PASSPHRASE: undefined, FORCE_COLOR: undefined, NO_COLOR: undefined },
  });
  const left = [...answers];
  let screen = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const next = left[0];
    const at = next === undefined ? -1 : screen.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    seen = at + next[0].length;
    left.shift();
    child.stdin.write(next[1]);
  });
  return new Promise(resolve => child.once("close", status => resolve({ status, screen })));
}

describe("a key file with a passphrase", () => {
  it(
    "opens with it alone, from the environment or a file",
    () => {
      expect(statSync(key).mode & 0o777).toBe(0o600);
      expect(readFileSync(key, "utf8")).toMatch(/^bowline-identity-v2\nargon2id m=65536 t=3 p=4 /);
      const file = join(folder, "phrase");
      writeFileSync(file, "open sesame\nand not this\n");
      const both = [
        bowlineWith({ BOWLINE_PASSPHRASE: "open sesame" }, "id", "--key", key),
        bowline("id", "--key", key, "--passphrase-file", file),
      ];
      for (const run of both) {
        expect(run).toMatchObject({ status: 0, stderr: "" });
        expect(run.stdout.split("\n")[0]).toBe(id);
      }
    },
    patience,
  );

  it(
    "stays shut otherwise, and says what to do",
    () => {
      const wrong = bowlineWith({ BOWLINE_PASSPHRASE: "open barley" }, "id", "--key", key);
      expect(wrong).toMatchObject({ status: 7, stdout: "" });
      expectOneLine(wrong);
      expect(wrong.stderr).toContain(`The passphrase does not open ${key}`);
      expect(wrong.stderr).not.toContain("barley");
      const empty = bowlineWith({ BOWLINE_PASSPHRASE: "" }, "id", "--key", key);
      expect(empty).toMatchObject({ status: 2, stdout: "" });
      expectOneLine(empty);
      const missing = bowline("id", "--key", key, "--passphrase-file", join(folder, "none"));
      expect(missing).toMatchObject({ status: 2, stdout: "" });
      expect(missing.stderr).toContain("ENOENT");
      const spoilt = join(folder, "spoilt.key");
      writeFileSync(spoilt, readFileSync(key, "utf8").replace("t=3", "t=2"), { mode: 0o600 });
      expect(bowlineWith({ BOWLINE_PASSPHRASE: "open sesame" }, "id", "--key", spoilt).status).toBe(7);
    },
    patience,
  );

  it.skipIf(spawnSync("setsid", ["--version"]).status !== 0)(
    "says so where there is neither a passphrase nor a terminal",
    () => {
      const run = spawnSync("setsid", ["-w", "sh", "-c", `${shellCommand("id", "--key", key)} < /dev/null`], {
        encoding: "utf8",
        env: { ...process.env, BOWLINE_PASSPHRASE: undefined },
      });
      expect(run).toMatchObject({ status: 7, stdout: "" });
      expect(run.stderr).toMatch(/^bowline: .*has a passphrase.*BOWLINE_PASSPHRASE.*--passphrase-file.*\n$/);
    },
  );

  it(
    "gets another passphrase, or none, and stays the same identity",
    () => {
      const before = readFileSync(key, "utf8");
      const changed = bowlineWith(
        { BOWLINE_PASSPHRASE: "open sesame", BOWLINE_NEW_PASSPHRASE: "new one" },
        ...["passwd", "--key", key, "--json"],
      );
      expect(JSON.parse(changed.stdout)).toEqual({ file: key, passphrase: true });
      expect(readFileSync(key, "utf8")).not.toBe(before);
      expect(bowlineWith({ BOWLINE_PASSPHRASE: "open sesame" }, "id", "--key", key).status).toBe(7);
      const removed = bowlineWith({ BOWLINE_PASSPHRASE: "new one" }, "passwd", "--key", key, "--remove");
      expect(removed).toMatchObject({ status: 0, stdout: `${key} has no passphrase any more.\n` });
      expect(statSync(key).mode & 0o777).toBe(0o600);
      expect(bowline("id", "--key", key).stdout.split("\n")[0]).toBe(id);
      const back = bowlineWith({ BOWLINE_NEW_PASSPHRASE: "open sesame" }, "passwd", "--key", key);
      expect(back).toMatchObject({ status: 0, stdout: `${key} has the new passphrase.\n` });
    },
    patience,
  );

  it("is not changed where others may read it", () => {
    const other = join(folder, "loose.key");
    bowline("keygen", "--out", other);
    chmodSync(other, 0o644);
    const run = bowlineWith({ BOWLINE_NEW_PASSPHRASE: "x" }, "passwd", "--key", other);
    expect(run).toMatchObject({ status: 7, stdout: "" });
    expectOneLine(run);
  });
});

describe.skipIf(!hasTerminal)("on a terminal", () => {
  it(
    "a new passphrase is asked for twice, without an echo, and then once",
    async () => {
      const path = join(folder, "typed.key");
      const made = await onTerminal(
        ["keygen", "--out", path, "--passphrase"],
        [
          ["New passphrase", "barX\x7fley soup\r"],
          ["again", "barley soup\r"],
        ],
      );
      expect(made).toMatchObject({ status: 0 });
      expect(made.screen).not.toMatch(/bar|ley|soup|[Ww]arning/);
      expect(made.screen).toContain("Wrote");
      const asked = await onTerminal(["id", "--key", path], [["Passphrase of", "barley soup\r"]]);
      expect(asked).toMatchObject({ status: 0 });
      expect(asked.screen).toMatch(/[0-9a-f]{64}/);
    },
    patience,
  );

  it(
    "two that differ make no file, and Ctrl-C leaves",
    async () => {
      const path = join(folder, "none.key");
      const differ = await onTerminal(
        ["keygen", "--out", path, "--passphrase"],
        [
          ["New passphrase", "one\r"],
          ["again", "two\r"],
        ],
      );
      expect(differ).toMatchObject({ status: 1 });
      expect(differ.screen).toContain("not the same");
      const left = await onTerminal(["keygen", "--out", path, "--passphrase"], [["New passphrase", "\x03"]]);
      expect(left).toMatchObject({ status: 130 });
      expect(() => statSync(path)).toThrow("ENOENT");
    },
    patience,
  );
});
