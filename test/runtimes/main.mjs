// Runs the portable tests on every runtime, with each way of choosing a provider. One line a runtime. What can't be installed is a
// visible skip, and a failure under CI. `node test/runtimes/main.mjs [REPORT]`: REPORT gets the counts as JSON.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setUp } from "../../scripts/set-up.mjs";

const underCi = Boolean(process.env.CI);
const counts = { passed: 0, failed: 0, skipped: 0 };

const notInstalled = setUp(join(root, "test/runtimes"), "the runtimes for the smoke runs");
if (notInstalled !== undefined) process.stdout.write(`${notInstalled}\n`);
const { runtimes } = await import("./runtimes.mjs");
const { makeBundles } = await import("./bundles.mjs");
const { runInChromium } = await import("./chromium.mjs");
const { runBrowserTransports } = await import("./browser.mjs");

/** The report that a runtime prints on its last line of output. */
function run(program, args, cwd) {
  return new Promise(resolve => {
    execFile(program, args, { cwd, timeout: 60_000, encoding: "utf8" }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout.trim().split("\n").at(-1)));
      } catch {
        resolve({
          passed: 0,
          failures: [{ name: "the run", message: `${error?.message ?? ""}\n${stderr}` }],
        });
      }
    });
  });
}

function skip(name) {
  counts[underCi ? "failed" : "skipped"] += 1;
  process.stdout.write(`  ${underCi ? "FAILED " : "skipped"} ${name}: not installed\n`);
}

/** Counts and prints what one runtime has done: a report for each variant, and the provider that it must have used. */
function account(name, results) {
  const complaints = [];
  const parts = results.map(({ variant, expected, report }) => {
    if (report.failures.length === 0 && report.provider !== expected)
      report.failures.push({
        name: "the choice",
        message: `expected provider ${expected}, got ${report.provider}`,
      });
    if (report.failures.length === 0 && report.passed === 0)
      report.failures.push({ name: "the run", message: "no test ran" });
    counts.passed += report.passed;
    counts.failed += report.failures.length;
    complaints.push(...report.failures.map(failure => `    ${variant}: ${failure.name}: ${failure.message}`));
    return `${variant} (${report.provider ?? "?"}) ${report.passed} passed${report.failures.length > 0 ? `, ${report.failures.length} failed` : ""}`;
  });
  process.stdout.write(`  ${complaints.length === 0 ? "ok     " : "FAILED "} ${name}: ${parts.join("; ")}\n`);
  if (complaints.length > 0) process.stdout.write(`${complaints.join("\n")}\n`);
}

const folder = mkdtempSync(join(tmpdir(), "bowline-runtimes-"));
const waiting = [...runtimes];

/** Takes one runtime after the other, till none waits. */
async function runFrom(bundles) {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { name, program, args, expected } = next;
    if (program === undefined) {
      skip(name);
      continue;
    }
    const results = [];
    for (const [variant, provider] of Object.entries(expected))
      results.push({
        variant,
        expected: provider,
        report: await run(program, [...args, bundles[variant]], folder),
      });
    account(name, results);
  }
}

process.stdout.write("\nPortable tests, on every runtime: variant (provider)\n");
try {
  const bundles = await makeBundles(folder);
  await Promise.all([runFrom(bundles), runFrom(bundles)]);

  const inBrowser = await runInChromium([bundles.browser, bundles["browser, noble only"]]);
  if (inBrowser === undefined) skip("Chromium");
  else
    account(
      `Chromium ${inBrowser.version}`,
      inBrowser.reports.map((report, index) => ({
        variant: ["default", "noble only"][index],
        expected: "noble",
        report,
      })),
    );

  const talking = await runBrowserTransports(folder);
  const name = `Chromium ${talking?.version ?? ""}, transports`;
  if (talking === undefined) skip(name);
  else {
    const variant = "WebSocket with Node, MessagePort, RTCDataChannel";
    account(name, [{ variant, expected: undefined, report: talking.report }]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (process.argv[2] !== undefined) writeFileSync(process.argv[2], JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
