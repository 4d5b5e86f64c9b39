import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));

/** Runs `use` with an empty folder on the disk of this checkout: what a disk does is part of the figures. */
export async function withFolder(use) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "bowline-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
