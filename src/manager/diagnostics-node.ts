import { channel } from "node:diagnostics_channel";
import type { Diagnostics, Logger, TraceScope } from "../ports/index.js";

/** What `BOWLINE_DEBUG` may hold, and which frames it then shows. Events are shown with each of them. */
const requests: ReadonlyMap<string, readonly TraceScope[]> = new Map([
  ["1", ["handshake", "frames"]],
  ["handshake", ["handshake"]],
  ["frames", ["frames"]],
]);

/** One line on standard error for each: level, sentence, fields. */
const standardError: Logger = {
  debug: (fields, message) => print("debug", fields, message),
  info: (fields, message) => print("info", fields, message),
  warn: (fields, message) => print("warn", fields, message),
  error: (fields, message) => print("error", fields, message),
};

/** Node's `diagnostics_channel`, and the environment variable `BOWLINE_DEBUG`. */
export const platformDiagnostics: Diagnostics = {
  channel,
  requested() {
    const scopes = (process.env["BOWLINE_DEBUG"] ?? "")
      .split(",")
      .flatMap(word => requests.get(word.trim()) ?? []);
    return scopes.length === 0 ? undefined : { scopes, logger: standardError };
  },
};

function print(level: string, fields: object, message: string): void {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${written(value)}`);
  process.stderr.write(`bowline ${level} ${message}${parts.length === 0 ? "" : `: ${parts.join(" ")}`}\n`);
}

/** A value that ends where it seems to end, and on its line. */
function written(value: unknown): string {
  const text = String(value);
  return /^[\w:/.[\]#+-]+$/.test(text) ? text : JSON.stringify(text);
}
