// The portable tests as one file for each way of choosing a provider.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/set-up.mjs";

const portable = join(root, "test/portable");

/** Runs every module of test/portable, and leaves the report where the runtime's side looks for it. */
function entry(deliver) {
  const modules = readdirSync(portable).filter(name => name.endsWith(".ts") && name !== "harness.ts");
  return [
    `import { defaultProvider } from "#default-provider";`,
    `import { runAll } from "./harness.ts";`,
    ...modules.sort().map(name => `import "./${name}";`),
    `const report = runAll().then(report => ({ ...report, provider: defaultProvider.name }));`,
    deliver,
  ].join("\n");
}

const toStandardOutput = `report.then(report => console.log(JSON.stringify(report)));`;
const toGlobal = `globalThis.portableReport = report;`;

/** Modules whose path or specifier matches throw as soon as they are imported. */
const takenAway = (what, pattern) => ({
  name: "taken-away",
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path }) =>
      pattern.test(path) ? { path, namespace: "taken-away" } : undefined,
    );
    bundler.onLoad({ filter: pattern }, () => ({ contents: `throw new Error("${what} has been taken away");` }));
    bundler.onLoad({ filter: /.*/, namespace: "taken-away" }, () => ({
      contents: `throw new Error("${what} has been taken away");`,
    }));
  },
});

// ML-KEM-768 comes from noble in both: node:crypto has it in the newer runtimes only.
const nobleModules = /\/dist\/crypto\/noble-(?!ml-kem)[^/]*\.js$|\/@noble\/ciphers\//;
const nodeModules = /\/dist\/crypto\/node-[^/]*\.js$|^node:crypto$/;

const variants = {
  /** The package as it is: the runtime itself resolves `bowline` and picks the provider by its own conditions. */
  default: { deliver: toStandardOutput, options: { external: ["bowline", "bowline/*", "#*"], platform: "neutral" } },
  "node only": {
    deliver: toStandardOutput,
    options: { platform: "node", conditions: ["node"], plugins: [takenAway("noble", nobleModules)] },
  },
  "noble only": {
    deliver: toStandardOutput,
    options: { platform: "neutral", conditions: [], plugins: [takenAway("node:crypto", nodeModules)] },
  },
  browser: { deliver: toGlobal, options: { platform: "browser" } },
  "browser, noble only": {
    deliver: toGlobal,
    options: { platform: "browser", plugins: [takenAway("node:crypto", nodeModules)] },
  },
};

/** Writes the bundles to `folder`, which lies inside the package. Returns the file of each variant. */
export async function makeBundles(folder) {
  const files = {};
  for (const [name, { deliver, options }] of Object.entries(variants)) {
    files[name] = join(folder, `${name.replaceAll(/\W+/g, "-")}.mjs`);
    await build({
      stdin: { contents: entry(deliver), resolveDir: portable, sourcefile: "portable.ts", loader: "ts" },
      outfile: files[name],
      bundle: true,
      format: "esm",
      target: "es2022",
      // Without the project's own path table: what is bundled is what was built.
      tsconfigRaw: {},
      logLevel: "error",
      absWorkingDir: root,
      ...options,
    });
  }
  return files;
}
