// Runs through everything that can happen in a number of moves: to two session machines, or to processes on one store.
// npm run -s explore -- [--depth N] [--alphabet all|keys] [--delivery datagram|ordered]
// npm run -s explore -- --what stores [--depth N] [--processes 1|2|3] [--program NAME] [--faults N] [--crashes N] [--restarts N] [--plant NAME]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./set-up.mjs";

const folder = mkdtempSync(join(tmpdir(), "bowline-explore-"));
try {
  const outfile = join(folder, "explore.mjs");
  await build({
    entryPoints: [join(root, "explorer/main.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile,
    logLevel: "warning",
  });
  const { status } = spawnSync(
    process.execPath,
    ["--max-old-space-size=12000", "--max-semi-space-size=128", outfile, ...process.argv.slice(2)],
    { stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
