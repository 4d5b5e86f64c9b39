import { SessionError, type ErrorCode } from "../index.js";

/** The longest line that an error is worth. */
const longestLine = 400;

/** The command line is wrong in a way that the option parser can't see. */
export class UsageError extends Error {}

/** What the command can do about an error, beside what its message says. */
const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  "identity-file-missing": " bowline keygen --out FILE makes one.",
};

/** What standard error shows of an error: one line, no stack, no control characters. */
export function failureLine(error: unknown): string {
  const message =
    error instanceof Error && error.message !== "" ? error.message : "It failed, and gave no reason.";
  const line = message.replace(/[\s\p{Cc}]+/gu, " ").trim();
  const hint = SessionError.is(error) ? (hints[error.code] ?? "") : "";
  return `bowline: ${line.length > longestLine ? `${line.slice(0, longestLine)}...` : line}${hint}\n`;
}
