import { SessionError, type ErrorCode } from "../index.js";
import { exitCode, exitCodeOf } from "./exit-codes.js";

/** The longest line that an error is worth. */
const longestLine = 600;

/** The command line is wrong in a way that the option parser can't see. */
export class UsageError extends Error {}

/** An error of the command itself, with an exit code and a stable name of its own. */
export class CommandError extends Error {
  readonly code: string;
  readonly exitCode: number;

  constructor(code: string, exit: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.exitCode = exit;
  }
}

/** What the command can do about an error, beside what its message says. */
const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  "identity-file-missing": " bowline keygen --out FILE makes one.",
  "identity-file-locked":
    " Run it on a terminal, or set BOWLINE_PASSPHRASE, or name a file by --passphrase-file.",
};

/** What standard error shows of an error: one line, no stack, no control characters. */
export function failureLine(error: unknown): string {
  return `bowline: ${failureText(error)}\n`;
}

/** The same without the command's name and the end of the line. */
export function failureText(error: unknown): string {
  const message =
    error instanceof Error && error.message !== "" ? error.message : "It failed, and gave no reason.";
  const line = oneLine(message);
  const hint = SessionError.is(error) ? (hints[error.code] ?? "") : "";
  return `${line.length > longestLine ? `${line.slice(0, longestLine)}...` : line}${hint}`;
}

/** Text of somewhere else, fit for a terminal's line. */
export function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(/[\p{Cf}\p{Co}\p{Cn}]/gu, "")
    .trim();
}

/** The error as JSON shows it, and the exit code that goes with it. */
export function failureFacts(error: unknown): { code: string; message: string; exitCode: number } {
  if (error instanceof UsageError) {
    return { code: "usage", message: failureText(error), exitCode: exitCode.usage };
  }
  if (error instanceof CommandError) {
    return { code: error.code, message: failureText(error), exitCode: error.exitCode };
  }
  const code = SessionError.is(error) ? error.code : "failed";
  return { code, message: failureText(error), exitCode: exitCodeOf(error) };
}
