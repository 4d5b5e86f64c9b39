import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt, root } from "../cli/command.js";

beforeAll(() => ensureBuilt(), 120_000);

interface Line {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly unit: string;
  readonly ratio: number;
  readonly spread: readonly [number, number];
  readonly bar: number | null;
  readonly pass: boolean | null;
}

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, "bench/main.mjs"), ...args], { encoding: "utf8" });
}

const patience = 120_000;
/** As briefly as can be. What is asked for needs nothing to be installed. */
const briefly = ["--json", "--rounds", "1", "--time", "20"];

/** What standard output says, where it says nothing but one object a line. */
const linesOf = (stdout: string): Line[] =>
  stdout
    .replace(/\n$/, "")
    .split("\n")
    .map(line => JSON.parse(line) as Line);

describe("npm run bench", () => {
  it(
    "prints one object a line with --json, and nothing else",
    () => {
      const { status, stdout } = bench(...briefly, "session-node-64", "session-own-64");
      const lines = linesOf(stdout);
      expect(lines.map(({ name }) => name)).toEqual(["session-own-64", "session-node-64"]);
      for (const line of lines) {
        expect(Object.keys(line)).toEqual([
          ...["name", "ours", "peer", "unit", "ratio", "spread", "bar", "pass"],
        ]);
        const { ours, peer, ratio, spread, bar, pass } = line;
        for (const amount of [ours, peer, ratio, ...spread]) expect(amount).toBeGreaterThan(0);
        expect(ratio).toBeCloseTo(ours / peer, 10);
        expect(spread).toEqual([ratio, ratio]);
        expect(pass).toBe(bar === null ? null : ratio <= bar);
      }
      expect(lines.map(({ unit }) => unit)).toEqual(["/s", "/s"]);
      expect(lines.map(({ bar }) => bar)).toEqual([1.3, null]);
      expect(status).toBe(0);
    },
    patience,
  );

  it("ends with 2 at an unknown name, and lists the names", () => {
    const { status, stdout, stderr } = bench("--json", "session-own-64", "session-own-65");
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("There is no row session-own-65.");
    const names = bench("--list").stdout.trim().split("\n");
    expect(names).toContain("session-own-64");
    expect(new Set(names).size).toBe(names.length);
    expect(stderr.split("\n").filter(line => line.startsWith("  "))).toEqual(names.map(name => `  ${name}`));
  });

  it.each([["--rounds", "0"], ["--time", "fast"], ["--sessions", "1e6"], ["--faster"]])(
    "ends with 2 at %s %s",
    (...args) => {
      const { status, stdout, stderr } = bench(...args);
      expect(status).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toContain(args[0]);
    },
  );
});
