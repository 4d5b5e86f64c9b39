// Installs a folder's packages, only when its lock file has changed. Needs nothing but Node and npm.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether the module at `url` is the program that runs, not one that it imports. */
export function isMain(url) {
  const program = process.argv[1];
  return program !== undefined && existsSync(program) && realpathSync(program) === fileURLToPath(url);
}

/** The project's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** What the installed packages depend on: the lock file, the platform, and the ABI of native add-ons. */
function wantedStamp(folder) {
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  return `${lock} ${process.platform} ${process.arch} ${process.versions.modules}\n`;
}

/** Runs npm: by the file that npm itself names to its scripts, which needs no shell and no PATH. */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith("npm-cli.js")
    ? spawnSync(process.execPath, [cli, ...args], options)
    : spawnSync("npm", args, { shell: process.platform === "win32", ...options });
}

/**
 * Installs what the lock file of `folder` says, development dependencies included whatever NODE_ENV says. Returns
 * undefined where all is well, otherwise what npm said.
 */
export function setUp(folder, what) {
  const stampFile = join(folder, "node_modules", ".bowline-stamp");
  const wanted = wantedStamp(folder);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return undefined;

  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  process.stderr.write(
    `Installing ${what} (${Object.keys(lock.packages).length - 1} packages in the lock file) ... `,
  );
  const begin = performance.now();
  const result = npm(
    ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  if (result.status !== 0) {
    process.stderr.write("failed\n");
    return `npm ci failed in ${folder}:\n${result.error?.message ?? ""}${result.stdout ?? ""}${result.stderr ?? ""}`;
  }
  writeFileSync(stampFile, wanted);
  process.stderr.write(`done in ${((performance.now() - begin) / 1000).toFixed(0)} s\n`);
  return undefined;
}

/** `setUp` of the project itself; ends the process where it fails. */
export function setUpProject() {
  const failure = setUp(root, "dependencies");
  if (failure === undefined) return;
  process.stderr.write(`${failure}\n`);
  process.exit(1);
}

if (isMain(import.meta.url)) setUpProject();
