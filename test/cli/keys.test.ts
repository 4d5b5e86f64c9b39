import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { program } from "../../src/cli/program.js";
import { bowline, ensureBuilt, root } from "./command.js";

beforeAll(ensureBuilt, 120_000);

let folder: string;
let key: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bowline-keys-"));
  key = join(folder, "me.key");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** One line, for a person, without a stack. */
function expectOneLine(stderr: string): void {
  expect(stderr).toMatch(/^bowline: [^\n]+\n$/);
  expect(stderr).not.toMatch(/\bat .*:\d+|node:/);
}

describe("bowline keygen and id", () => {
  it("make an identity that only its owner reads, and show its id both ways", () => {
    const made = bowline("keygen", "--out", key);
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const { status, stdout } = bowline("id", "--key", key);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[0-9a-f]{64}\nSHA256:[A-Za-z0-9+/]{43}\n$/);
    const [id, fingerprint] = stdout.split("\n");
    expect(JSON.parse(bowline("id", "--key", key, "--json").stdout)).toEqual({ id, fingerprint });
    expect(made.stdout).toContain(`\n${id}\n`);
    const other = `${key}2`;
    const json = JSON.parse(bowline("keygen", "--out", other, "--json").stdout) as { id: string };
    expect(json).toMatchObject({ file: other, fingerprint: expect.stringMatching(/^SHA256:/) as string });
    expect(bowline("id", "--key", other).stdout).toContain(json.id);
  });

  it("X45 never print the secret key", () => {
    const { stdout, stderr } = bowline("keygen", "--out", key);
    const secret = readFileSync(key, "utf8").split("\n")[1]!;
    const hex = Buffer.from(secret, "base64").toString("hex");
    const shown = [stdout, stderr];
    for (const args of [
      ["id", "--key", key],
      ["id", "--key", key, "--json"],
      ["keygen", "--out", key],
    ]) {
      const run = bowline(...args);
      shown.push(run.stdout, run.stderr);
    }
    expect(hex).toHaveLength(64);
    for (const text of shown) {
      expect(text).not.toContain(secret);
      expect(text.toLowerCase()).not.toContain(hex);
    }
  });

  it("X45 do not print what stands in a malformed file either", () => {
    writeFileSync(key, "bowline-identity-v1\nMARKED-KEY-MARKED-KEY-MARKED-KEY-MARKED-KEY=\n", {
      mode: 0o600,
    });
    const run = bowline("id", "--key", key);
    expect(run).toMatchObject({ status: 7, stdout: "" });
    expectOneLine(run.stderr);
    expect(run.stderr).not.toContain("MARKED");
  });

  it("do not overwrite a file", () => {
    bowline("keygen", "--out", key);
    const before = readFileSync(key);
    const run = bowline("keygen", "--out", key);
    expect(run).toMatchObject({ status: 7, stdout: "" });
    expectOneLine(run.stderr);
    expect(run.stderr).toContain(`${key} exists: choose another path`);
    expect(readFileSync(key)).toEqual(before);
  });

  it("refuse a file that others can read, and say what to do", () => {
    bowline("keygen", "--out", key);
    chmodSync(key, 0o640);
    const run = bowline("id", "--key", key);
    expect(run).toMatchObject({ status: 7, stdout: "" });
    expectOneLine(run.stderr);
    expect(run.stderr).toContain(`chmod 600 ${key}`);
  });

  it("say which file is missing, and how to make one", () => {
    const run = bowline("id", "--key", key);
    expect(run).toMatchObject({ status: 7, stdout: "" });
    expectOneLine(run.stderr);
    expect(run.stderr).toContain(`There is no identity file ${key}`);
    expect(run.stderr).toContain("bowline keygen --out FILE");
  });

  it("say where they can't write", () => {
    const run = bowline("keygen", "--out", join(folder, "missing", "me.key"));
    expect(run).toMatchObject({ status: 7, stdout: "" });
    expectOneLine(run.stderr);
    expect(run.stderr).toContain("ENOENT");
  });
});

describe("the command line", () => {
  it.each([
    { args: [], says: "say what to do. See bowline --help." },
    { args: ["frob"], says: "unknown command 'frob'. See bowline --help." },
    { args: ["id"], says: "option '--key <FILE>' not specified, and BOWLINE_KEY is not set" },
    { args: ["completion", "tcsh"], says: "Allowed choices are bash, zsh, fish" },
    { args: ["inspect", "--key", "x"], says: "missing required argument 'URL'" },
    { args: ["receive", "dir", "--key", "x", "--retry", "1"], says: "unknown option '--retry'" },
    { args: ["send", "x", "--key", "x", "--retry", "soon"], says: "Give a number of seconds" },
    { args: ["keygen"], says: "required option '--out <FILE>' not specified" },
    { args: ["id", "--key"], says: "option '--key <FILE>' argument missing" },
    { args: ["id", "--key", "x", "--jsno"], says: "unknown option '--jsno' (did you mean --json?)" },
    {
      args: ["id", "--kee", "x"],
      says: "unknown option '--kee' (did you mean --key?). See bowline id --help.",
    },
    { args: ["forward", "--lisen", "x"], says: "unknown option '--lisen' (did you mean --listen?)" },
    { args: ["help", "frob"], says: "say what to do. See bowline" },
    { args: ["demo", "more"], says: "too many arguments for 'demo'" },
    { args: ["demo", "--size", "big"], says: "argument 'big' is invalid. Give a number of bytes" },
    { args: ["demo", "--part", "dialer"], says: "leave it out" },
  ])("where it is wrong ($args), exits with 2 and says so in one line", ({ args, says }) => {
    const run = bowline(...args);
    expect(run).toMatchObject({ status: 2, stdout: "" });
    expectOneLine(run.stderr);
    expect(run.stderr).toContain(says);
  });

  it("knows its version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(bowline("--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  const names = program().commands.map(command => command.name());

  it("has the sub-commands that scripts rely on", () => {
    expect(names).toEqual(
      expect.arrayContaining(["keygen", "id", "passwd", "forward", "listen", "connect", "send", "receive"]),
    );
  });

  it.each([[[]], ...names.map(name => [[name]])])("helps with examples: %s", name => {
    const run = bowline(...name, "--help");
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toMatch(/\nExamples?:\n(  At .*\n)?\s+(source <\()?bowline /);
  });

  it.each(names)("helps by bowline help %s, too", name => {
    expect(bowline("help", name)).toEqual(bowline(name, "--help"));
  });

  it("shows durations in the unit that it takes", () => {
    const shown = (...args: string[]): string[] =>
      [
        ...bowline(...args, "--help")
          .stdout.replaceAll(/\s+/g, " ")
          .matchAll(/default: ([\d.]+)\)/g),
      ].map(match => match[1]!);
    expect(shown("forward")).toEqual(["10", "15"]);
    expect(shown("send")).toEqual(["60"]);
    expect(shown("inspect")).toEqual(["1"]);
  });

  it("documents the exit codes, and keeps what is for its own use out of the help", () => {
    expect(bowline("--help").stdout).toMatch(/\nExit codes:\n {2}0 +done\n {2}1 +failed\n {2}2 /);
    expect(bowline("demo", "--help").stdout).not.toContain("--part");
  });
});
