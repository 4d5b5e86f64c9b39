// Makes one file of the simulator and the library's source, with or without a patch.
import { mkdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { build } from "esbuild";
import { root } from "../set-up.mjs";

const folder = join(root, "node_modules", ".cache", "bowline-simulator");

/** What package.json's import conditions say in Node, from the source. */
const alias = {
  "#default-provider": join(root, "src/crypto/node-provider.ts"),
  "#default-extra": join(root, "src/crypto/node-extra.ts"),
  "#kernel-module": join(root, "src/crypto/kernel-compiled.ts"),
  "#diagnostics": join(root, "src/manager/diagnostics-node.ts"),
};

/** Replaces text in files as they are read: nothing in the working tree changes. Throws where a text is not there exactly once. */
function replacing(changes) {
  const byFile = new Map(changes.map(({ file }) => [file, changes.filter(change => change.file === file)]));
  const applied = new Set();
  return {
    applied,
    plugin: {
      name: "known-bad",
      setup(bundle) {
        bundle.onLoad({ filter: /\.ts$/ }, ({ path }) => {
          const file = relative(root, path).split(sep).join("/");
          const changesHere = byFile.get(file);
          if (changesHere === undefined) return undefined;
          let contents = readFileSync(path, "utf8");
          for (const { from, to } of changesHere) {
            const times = contents.split(from).length - 1;
            if (times !== 1)
              throw new Error(`${file}: the text to be replaced is there ${times} times:\n${from}`);
            contents = contents.replace(from, () => to);
          }
          applied.add(file);
          return { contents, loader: "ts" };
        });
      },
    },
  };
}

/**
 * Bundles the worker; returns the file's path.
 *
 * @param {string} name
 * @param {readonly { readonly file: string, readonly from: string, readonly to: string }[]} [changes] of a patch
 */
export async function buildSimulator(name, changes = []) {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  const { plugin, applied } = replacing(changes);
  await build({
    entryPoints: [join(root, "sim/worker.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    logLevel: "silent",
    outfile,
    alias,
    plugins: changes.length === 0 ? [] : [plugin],
  });
  for (const { file } of changes)
    if (!applied.has(file)) throw new Error(`${file} is not part of the simulator.`);
  return outfile;
}
