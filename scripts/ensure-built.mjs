// Builds dist where it is missing or older than src. Silent where it is current. `--force` builds in any case.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { buildKernel, kernelInSource, kernelIsCurrent } from "./kernel.mjs";
import { isMain, root, setUpProject } from "./set-up.mjs";

const dist = join(root, "dist");
const commandSource = join(root, "src/cli/main.ts");
const configuration = [
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
  "tsconfig.build.json",
  "scripts/ensure-built.mjs",
  "scripts/kernel.mjs",
  "kernel/asconfig.json",
  "kernel/package-lock.json",
];

/** The folders of what is compiled. */
const sourceFolders = ["src", "kernel/assembly"];

/** The digest of all that the build reads. */
function wantedStamp() {
  const sources = sourceFolders
    .flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash("sha256");
  for (const path of [...configuration, ...sources]) {
    const bytes = readFileSync(join(root, path));
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

/** The library, with its types. Returns what the compiler complains of. */
function compile(outDir) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const result = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json", "--outDir", outDir], {
    cwd: root,
    encoding: "utf8",
  });
  return result.status === 0 ? undefined : `${result.stdout}${result.stderr}`;
}

/** The licences of the packages whose code stands in the bundle, as their terms ask. */
function licencesOf(inputs) {
  const folders = new Set();
  for (const path of Object.keys(inputs)) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (match !== null) folders.add(match[1]);
  }
  return [...folders].sort().map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find(entry => /^licen[cs]e/i.test(entry));
    const text =
      file === undefined ? `Licence: ${license}` : readFileSync(join(root, folder, file), "utf8").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
}

/** The command: one file, with all that it needs inside. Returns what esbuild complains of. */
async function bundleCommand(outDir) {
  const esbuild = await import("esbuild");
  const outfile = join(outDir, "bin/bowline.js");
  const bundling = esbuild.build({
    absWorkingDir: root,
    entryPoints: [commandSource],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "linked",
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
    tsconfig: join(root, "tsconfig.base.json"),
    banner: {
      // CommonJS modules inside the bundle ask for Node's own modules by `require`.
      js: `#!/usr/bin/env node\nimport { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`,
    },
  });
  const result = await bundling.catch(error => error);
  if (result instanceof Error) return result.message;
  chmodSync(outfile, 0o755);
  writeFileSync(
    join(outDir, "bin/LICENCES.txt"),
    licencesOf(result.metafile.inputs).join(`\n${"-".repeat(80)}\n\n`),
  );
  return undefined;
}

/** The kernel as a file, for platforms that import it. */
function writeKernel(outDir) {
  writeFileSync(join(outDir, "crypto/kernel.wasm"), kernelInSource());
}

/** Exchanges dist for `fresh`. */
function putInPlace(fresh) {
  const stale = `${fresh}-stale`;
  try {
    if (existsSync(dist)) renameSync(dist, stale);
    renameSync(fresh, dist);
  } catch (error) {
    // Another process has built the same at the same time.
    if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code)) throw error;
  } finally {
    rmSync(stale, { recursive: true, force: true });
  }
}

/** Builds into a folder of its own, so that nobody ever sees half a build. Returns what the tools complain of. */
async function build(stamp) {
  const fresh = join(root, `.dist-${process.pid}`);
  try {
    let errors = compile(fresh);
    if (errors === undefined && existsSync(commandSource)) errors = await bundleCommand(fresh);
    if (errors !== undefined) return errors;
    writeKernel(fresh);
    writeFileSync(join(fresh, ".stamp"), stamp);
    putInPlace(fresh);
    return undefined;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Makes dist current, or ends the process with the compiler's messages on standard error. `progress` prints a line. */
export async function ensureBuilt({ force = false, progress = false } = {}) {
  const stampFile = join(dist, ".stamp");
  const wanted = wantedStamp();
  if (!force && existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  const begin = performance.now();
  if (progress) process.stderr.write("Building dist ... ");
  // The generated module is part of what is stamped.
  const errors = (kernelIsCurrent() ? undefined : buildKernel()) ?? (await build(wantedStamp()));
  if (errors === undefined) {
    if (progress) process.stderr.write(`done in ${((performance.now() - begin) / 1000).toFixed(0)} s\n`);
    return;
  }
  process.stderr.write(`The build failed.\n${errors}\n`);
  process.exit(1);
}

if (isMain(import.meta.url)) {
  setUpProject();
  await ensureBuilt({ force: process.argv.includes("--force"), progress: process.argv.includes("--force") });
}
