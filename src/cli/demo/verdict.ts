import { exitCode } from "../exit-codes.js";
import type { Check } from "./checks.js";

/** What all checks come to. */
export interface Verdict {
  readonly exitCode: 0 | 1;
  /** For a person: that all is well, or each check that failed and what was found. */
  readonly lines: readonly string[];
}

/** Passes only where every check holds. */
export function verdictOf(checks: readonly Check[]): Verdict {
  const failed = checks.filter(check => !check.holds);
  if (failed.length === 0 && checks.length > 0) {
    return { exitCode: exitCode.ok, lines: [`All ${checks.length} checks hold.`] };
  }
  const lines = failed.map(({ name, found }) => `  ${name}: ${found}`);
  return {
    exitCode: exitCode.failure,
    lines: [`${failed.length} of ${checks.length} checks failed:`, ...lines],
  };
}
