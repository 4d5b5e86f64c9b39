// `npm test`: installs, builds, runs the tests, then the portable tests on every runtime, then an application of every bundler.
// `npm test -- test/noise` hands its arguments to vitest and leaves runtimes and bundlers out.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt } from "./ensure-built.mjs";
import { root, setUp, setUpProject } from "./set-up.mjs";

const chosen = process.argv.slice(2);

/** Runs a program of ours that writes a report file; one that wrote none counts as one failure. */
function run(program, args, report, countsOf) {
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: "inherit" });
  let counts;
  try {
    counts = countsOf(JSON.parse(readFileSync(report, "utf8")));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { none = false, ...sums } = counts;
  if (none) process.stderr.write(`No test file matches ${chosen.join(" ")}.\n`);
  // A crash or an unhandled error outside every test.
  else if (status !== 0 && sums.failed === 0) sums.failed = 1;
  return sums;
}

function vitestCounts(report) {
  const suitesThatDidNotLoad = report.testResults.filter(
    file => file.status === "failed" && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + suitesThatDidNotLoad.length,
    skipped: report.numPendingTests + report.numTodoTests,
    none: report.testResults.length === 0,
  };
}

setUpProject();
await ensureBuilt({ progress: true });
// The tests of pages and transports have a browser, too.
if (chosen.length === 0) setUp(join(root, "test/runtimes"), "the runtimes for the smoke runs");

const folder = mkdtempSync(join(tmpdir(), "bowline-test-"));
const totals = { passed: 0, failed: 0, skipped: 0 };
const add = counts => {
  for (const key of Object.keys(totals)) totals[key] += counts[key];
};
try {
  const vitestReport = join(folder, "vitest.json");
  add(
    run(
      join(root, "node_modules/vitest/vitest.mjs"),
      ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${vitestReport}`, ...chosen],
      vitestReport,
      vitestCounts,
    ),
  );
  const others = chosen.length === 0 ? ["runtimes", "bundlers"] : [];
  for (const name of others) {
    const report = join(folder, `${name}.json`);
    add(run(join(root, "test", name, "main.mjs"), [report], report, counts => counts));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const line = `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
if (process.env.BOWLINE_TOTALS_FILE) writeFileSync(process.env.BOWLINE_TOTALS_FILE, `${line}\n`);
process.stdout.write(`\n${line}\n`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
