import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, which goes when the tests of the file have ended. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bowline-store-"));
  made.push(folder);
  return join(folder, "store");
}
