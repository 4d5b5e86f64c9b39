// `npm run verify`: all checks but the tests. One line a check; its output only where it fails, or is asked for. What can't be installed is a visible
// skip, and a failure under CI.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt } from "./ensure-built.mjs";
import { root, setUp, setUpProject } from "./set-up.mjs";

setUpProject();
await ensureBuilt({ progress: true });

const bin = path => join(root, "node_modules", path);
const gate = path => join(root, "tools/gates", path);

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

/** Checks whose tools are packages of tools/gates. */
const gates = [
  ["types of the gates", bin("typescript/bin/tsc"), "-p", "tools/gates"],
  ["every public item documented and exported", gate("reference.mjs"), "--check"],
  ["the public interface as api/ has it", gate("api-report.mjs")],
  [
    "no unused file, export or package",
    gate("node_modules/knip/bin/knip.js"),
    "--config",
    gate("knip.config.js"),
  ],
  ["publint, attw (esm-only)", gate("package-lint.mjs")],
  ["size of each sub-path", gate("size.mjs")],
];
/** Their output is shown where they pass, too. */
const told = [gate("size.mjs")];

const indented = text => text.trimEnd().replaceAll(/^/gm, "         ");

let failures = 0;

/** @param {string[]} check */
function run([name, program, ...args]) {
  const begin = performance.now();
  const result = spawnSync(process.execPath, [program, ...args], { cwd: root, encoding: "utf8" });
  const passed = result.status === 0;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  process.stdout.write(`${passed ? "ok     " : "FAILED "} ${name} (${seconds} s)\n`);
  if (!passed) failures += 1;
  if (!passed || told.includes(program)) process.stdout.write(`${indented(result.stdout + result.stderr)}\n`);
}

checks.forEach(run);

const notInstalled = setUp(join(root, "tools/gates"), "the tools of the gates");
if (notInstalled === undefined) gates.forEach(run);
else {
  const underCi = Boolean(process.env.CI);
  process.stdout.write(`${notInstalled}\n`);
  for (const [name] of gates)
    process.stdout.write(`${underCi ? "FAILED " : "skipped"} ${name}: its tools are not installed\n`);
  if (underCi) failures += gates.length;
}

process.stdout.write(
  failures === 0 ? "All checks hold.\n" : `${failures} of ${checks.length + gates.length} checks failed.\n`,
);
process.exitCode = failures === 0 ? 0 : 1;
