import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { projectFile } from "./protocol-page.js";

interface LockEntry {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const { packages } = JSON.parse(projectFile("package-lock.json")) as { packages: Record<string, LockEntry> };

function filesLength(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile()) bytes += statSync(path).size;
    else if (entry.isDirectory() && entry.name !== "node_modules") bytes += filesLength(path);
  }
  return bytes;
}

/** What a package without nested copies brings with it: versions as locked, files as installed. */
export function packageWeight(name: string): { version: string; weight: string } {
  const found = new Set<string>();
  const walk = (next: string): void => {
    if (found.has(next) || !existsSync(`${root}node_modules/${next}`)) return;
    found.add(next);
    Object.keys(packages[`node_modules/${next}`]?.dependencies ?? {}).forEach(walk);
  };
  walk(name);
  const bytes = [...found].reduce((sum, next) => sum + filesLength(`${root}node_modules/${next}`), 0);
  const count = `${found.size} package${found.size === 1 ? "" : "s"}`;
  const { version } = packages[`node_modules/${name}`]!;
  return { version, weight: `${count}, ${(bytes / 1e6).toFixed(2)} MB` };
}
