import { expectationOf } from "./acceptable.mjs";
import { groupTests } from "./test-groups.mjs";

/**
 * Runs all tests of one parsed file with one subject: a provider, its further algorithms, what tells a refusal from a
 * crash (`isRefusal`), and what the runtime lacks.
 */
export function runFile(file, subject) {
  const report = { passed: 0, failures: [], skips: new Map() };
  for (const group of file.testGroups) {
    for (const test of group.tests) {
      const { outcome, detail } = observe(subject, file, group, test);
      if (outcome === "skipped") {
        report.skips.set(detail, (report.skips.get(detail) ?? 0) + 1);
        continue;
      }
      const expected = expectationOf(group.type, test);
      if (outcome === expected || (expected === "either" && outcome !== "wrong")) report.passed++;
      else report.failures.push(describe(test, expected, outcome, detail));
    }
  }
  return {
    ...report,
    failed: report.failures.length,
    skipped: [...report.skips.values()].reduce((a, b) => a + b, 0),
  };
}

function observe(subject, file, group, test) {
  const run = groupTests[group.type];
  if (run === undefined) return { outcome: "skipped", detail: `tests of type ${group.type} do not apply` };
  try {
    return run(subject, file, group, test);
  } catch (error) {
    if (subject.isRefusal(error)) return { outcome: "refused", detail: error.code };
    return { outcome: "wrong", detail: `an error without a code: ${String(error)}` };
  }
}

function describe({ tcId, comment = "", result, flags = [] }, expected, outcome, detail) {
  const why = detail === undefined ? "" : ` (${detail})`;
  return `test ${tcId} (${result}; ${[...flags, comment].filter(Boolean).join(", ")}): expected ${expected}, got ${outcome}${why}`;
}
