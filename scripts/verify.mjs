// `npm run verify`: all checks but the tests. One line a check; its output only where it fails.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt } from "./ensure-built.mjs";
import { root, setUpProject } from "./set-up.mjs";

setUpProject();
await ensureBuilt({ progress: true });

const bin = path => join(root, "node_modules", path);
const checks = [
  ["types of src, tests and scripts", bin("typescript/bin/tsc"), "-p", "tsconfig.json"],
  ["types of the JavaScript scripts", bin("typescript/bin/tsc"), "-p", "tsconfig.scripts.json"],
  ["lint, type-aware", bin("eslint/bin/eslint.js"), "--max-warnings=0", "."],
  ["formatting", bin("prettier/bin/prettier.cjs"), "--check", "--log-level=warn", "."],
  [
    "layers and dependencies",
    bin("dependency-cruiser/bin/dependency-cruise.mjs"),
    "--config",
    ".dependency-cruiser.mjs",
    "src",
  ],
  [
    "rules that bite, package, bundles",
    bin("vitest/vitest.mjs"),
    "run",
    "--config",
    "vitest.house.config.ts",
  ],
];

let failures = 0;
for (const [name, program, ...args] of checks) {
  const begin = performance.now();
  const result = spawnSync(process.execPath, [program, ...args], { cwd: root, encoding: "utf8" });
  const passed = result.status === 0;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  process.stdout.write(`${passed ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  if (passed) continue;
  failures += 1;
  process.stdout.write(`${result.stdout}${result.stderr}\n`);
}
process.stdout.write(
  failures === 0 ? "All checks hold.\n" : `${failures} of ${checks.length} checks failed.\n`,
);
process.exitCode = failures === 0 ? 0 : 1;
