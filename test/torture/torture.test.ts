import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/torture.mjs", import.meta.url));

function torture(...options: readonly string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, [script, ...options], {
    encoding: "utf8",
    timeout: 170_000,
  });
  return stdout + stderr;
}

describe("real processes on LMDB, killed and started again", { timeout: 180_000 }, () => {
  it("S5 lose nothing, repeat nothing, and use no key and nonce twice", () => {
    expect(torture("--rounds", "8")).toMatch(
      /\n[1-9]\d* messages delivered, \d+ seals, 0 of .*\n8 passed, 0 failed\n$/,
    );
  });

  it("S1 S10 also where a store is rolled back, and where two copies of it run at once", () => {
    expect(torture("--rounds", "2", "--rollback")).toMatch(/\n2 passed, 0 failed\n$/);
  });

  it("S3 two processes on one store take turns", () => {
    expect(torture("--rounds", "2", "--processes", "2")).toMatch(/\n2 passed, 0 failed\n$/);
  });

  it("S5 also where sessions are kept in full", () => {
    expect(torture("--rounds", "4", "--persist", "full")).toMatch(
      /told: restored: [1-9][^]*\n[1-9]\d* messages delivered, \d+ seals, 0 of .*\n4 passed, 0 failed\n$/,
    );
  });

  it("S1 S10 also those, where a store is rolled back or copied", () => {
    expect(torture("--rounds", "2", "--rollback", "--persist", "full")).toMatch(/\n2 passed, 0 failed\n$/);
  });

  it("S5 repeat keys and nonces where a restore has no randomness, no fence and no generation of its own", () => {
    expect(torture("--rounds", "6", "--persist", "full", "--control", "send-first")).toMatch(
      /, [1-9]\d* of a \(key, nonce\) pair that had sealed something else\n/,
    );
  });
});
