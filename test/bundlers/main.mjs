// Builds an application out of the packed package with every bundler, and runs it; loads the package by require in every Node. One line
// each. What can't be installed is a visible skip, and a failure under CI. `node test/bundlers/main.mjs [REPORT]`: REPORT gets the counts as JSON.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPacked } from "../../scripts/packed-package.mjs";
import { root, setUp } from "../../scripts/set-up.mjs";
import { entryPoints } from "../../tools/gates/entry-points.mjs";
import { builds } from "./builds.mjs";

const underCi = Boolean(process.env.CI);
/** Of a failure, what is shown at most: a stack trace names lines of minified code. */
const longestMessage = 1_000;
const counts = { passed: 0, failed: 0, skipped: 0 };

for (const [folder, what] of [
  ["bundlers", "the bundlers"],
  ["runtimes", "the runtimes for the smoke runs"],
]) {
  const notInstalled = setUp(join(root, "test", folder), what);
  if (notInstalled !== undefined) process.stdout.write(`${notInstalled}\n`);
}
const { runInChromium } = await import("../runtimes/chromium.mjs");
const { runtimes } = await import("../runtimes/runtimes.mjs");

/** The report that a program prints on its last line of output. */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, timeout: 60_000, encoding: "utf8" }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout.trim().split("\n").at(-1)));
      } catch {
        reject(new Error(`${error?.message ?? ""}\n${stderr}`));
      }
    });
  });
}

function skip(name) {
  counts[underCi ? "failed" : "skipped"] += 1;
  process.stdout.write(`  ${underCi ? "FAILED " : "skipped"} ${name}: not installed\n`);
}

/** Runs one test. `work` returns what to say of it, undefined where a part was not installed. */
async function test(name, work) {
  try {
    const said = await work();
    if (said === undefined) return skip(name);
    counts.passed += 1;
    return process.stdout.write(`  ok      ${name}: ${said}\n`);
  } catch (error) {
    counts.failed += 1;
    return process.stdout.write(`  FAILED  ${name}: ${error.message.slice(-longestMessage)}\n`);
  }
}

function expectReport({ passed, failures, provider }, expected) {
  if (failures.length > 0) throw new Error(failures[0].message);
  if (passed === 0) throw new Error("no test ran");
  if (provider !== expected) throw new Error(`expected provider ${expected}, got ${provider}`);
}

/** Every sub-path by require, and whether it is what import gives. */
const requiring = `
  const specifiers = ${JSON.stringify(entryPoints.map(({ specifier }) => specifier))};
  const required = specifiers.map(specifier => require(specifier));
  Promise.all(specifiers.map(specifier => import(specifier))).then(imported => {
    const names = module => Object.keys(module).filter(name => name !== "module.exports" && name !== "__esModule");
    const same = (a, b) => names(a).length > 0 && names(a).every(name => a[name] === b[name]);
    const other = specifiers.filter((_, index) => !same(imported[index], required[index]));
    console.log(JSON.stringify({ other, count: specifiers.length }));
  });
`;

const folder = mkdtempSync(join(tmpdir(), "bowline-bundlers-"));
process.stdout.write("\nThe packed package, in bundles and by require\n");
try {
  installPacked(folder, ["ws"]);
  const source = join(folder, "application.mjs");
  cpSync(new URL("application.mjs", import.meta.url), source);
  for (const { name, build, provider, installed, page = false } of builds) {
    let file;
    await test(name, async () => {
      if (!installed()) return undefined;
      file = await build(source, folder);
      expectReport(await run(process.execPath, [file], folder), provider);
      return `built, runs, provider ${provider}`;
    });
    if (!page) continue;
    await test(`${name}, in Chromium`, async () => {
      const inBrowser = file === undefined ? undefined : await runInChromium([file]);
      if (inBrowser === undefined) return undefined;
      expectReport(inBrowser.reports[0], provider);
      return `runs in ${inBrowser.version}`;
    });
  }

  writeFileSync(join(folder, "required.cjs"), requiring);
  for (const { name, program, args } of runtimes.filter(runtime => runtime.name.startsWith("Node ")))
    await test(`require in ${name}`, async () => {
      if (program === undefined) return undefined;
      const { other, count } = await run(program, [...args, "required.cjs"], folder);
      if (other.length > 0) throw new Error(`import gives something else of ${other.join(", ")}`);
      return `${count} sub-paths, the same as by import`;
    });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
