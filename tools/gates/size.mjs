// What each sub-path of the package weighs in a browser's bundle, minified and compressed, and whether that is within its budget.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { ensureBuilt } from "../../scripts/ensure-built.mjs";
import { installPacked } from "../../scripts/packed-package.mjs";
import { entryPoints } from "./entry-points.mjs";
import { budgets } from "./size-budgets.mjs";

async function weigh(specifier, folder) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "${specifier}";`, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    external: ["node:*", "ws", "lmdb"],
    legalComments: "none",
    tsconfigRaw: {},
    logLevel: "error",
  });
  const { contents } = outputFiles[0];
  return { minified: contents.length, compressed: brotliCompressSync(contents).length };
}

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), "bowline-size-"));
const complaints = [];
try {
  installPacked(folder);
  for (const { specifier } of entryPoints) {
    const { minified, compressed } = await weigh(specifier, folder);
    const { bytes: budget, for: what } = budgets[specifier] ?? {};
    const line = `${specifier}: ${compressed} bytes compressed (${minified} minified), of ${budget}: ${what}`;
    process.stdout.write(`${line}\n`);
    if (budget === undefined) complaints.push(`${specifier} has no budget`);
    else if (compressed > budget)
      complaints.push(`${specifier} is ${compressed - budget} bytes over its budget`);
  }
  for (const specifier of Object.keys(budgets))
    if (!entryPoints.some(entry => entry.specifier === specifier))
      complaints.push(`${specifier} has a budget and is no sub-path`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (complaints.length > 0) {
  process.stdout.write(`${complaints.join("\n")}\nThe budgets are in tools/gates/size-budgets.mjs.\n`);
  process.exitCode = 1;
}
