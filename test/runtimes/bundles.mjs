// The portable tests as one file for each way of choosing a provider.
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
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

/** The package says that its modules have no side effects; those of the tests register tests. */
const keepTests = {
  name: "keep-tests",
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\/[a-z-]+\.ts$/ }, ({ path }) => ({
      path: join(portable, path),
      sideEffects: true,
    }));
  },
};

/** Modules whose path or specifier matches throw as soon as they are imported. */
const takenAway = (what, pattern) => ({
  name: "taken-away",
  setup(bundler) {
    const asked = {};
    bundler.onResolve({ filter: /.*/ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === asked) return undefined;
      const resolved = pattern.test(path)
        ? { path }
        : await bundler.resolve(path, { ...options, pluginData: asked });
      return pattern.test(resolved.path)
        ? { path: resolved.path, namespace: "taken-away", sideEffects: true }
        : resolved;
    });
    bundler.onLoad({ filter: /.*/, namespace: "taken-away" }, () => ({
      contents: `throw new Error("${what} has been taken away");`,
    }));
  },
});

// ML-KEM-768 comes from noble in both: node:crypto has it in the newer runtimes only.
const withoutNoble = takenAway(
  "noble",
  /\/dist\/crypto\/noble-(aead|dh|ed25519|extra|hash|provider)\.js$|\/@noble\/ciphers\//,
);
const withoutNode = takenAway("node:crypto", /\/dist\/crypto\/node-[^/]*\.js$|^node:crypto$/);

/** @type {Record<string, { deliver: string } & import("esbuild").BuildOptions>} */
const variants = {
  /** The package as it is: the runtime itself resolves `bowline` and picks the provider by its own conditions. */
  default: { deliver: toStandardOutput, platform: "neutral", external: ["bowline", "bowline/*", "#*"] },
  "node only": { deliver: toStandardOutput, platform: "node", plugins: [withoutNoble] },
  "noble only": { deliver: toStandardOutput, platform: "neutral", plugins: [withoutNode] },
  browser: { deliver: toGlobal, platform: "browser" },
  "browser, noble only": { deliver: toGlobal, platform: "browser", plugins: [withoutNode] },
};

/**
 * Installs the package in `folder` as an application would have it, and puts the tests inside: there, its own name and its own
 * `imports` resolve, and no settings of this project do. Returns the file of each variant.
 */
export async function makeBundles(folder) {
  const installed = join(folder, "node_modules/bowline");
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, "dist"), join(installed, "dist"), { recursive: true });
  symlinkSync(join(root, "node_modules/@noble"), join(folder, "node_modules/@noble"));
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  manifest.exports["./portable"] = "./default.mjs";
  writeFileSync(join(installed, "package.json"), JSON.stringify(manifest));
  const application = { name: "application", type: "module", dependencies: { bowline: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(application));

  const files = {};
  for (const [name, { deliver, plugins = [], ...options }] of Object.entries(variants)) {
    files[name] = join(installed, `${name.replaceAll(/\W+/g, "-")}.mjs`);
    await build({
      ...options,
      stdin: { contents: entry(deliver), resolveDir: portable, sourcefile: "portable.ts", loader: "ts" },
      outfile: files[name],
      bundle: true,
      format: "esm",
      target: "es2022",
      plugins: [keepTests, ...plugins],
      // Without the project's own path table: what is bundled is what was built.
      tsconfigRaw: {},
      logLevel: "error",
      absWorkingDir: root,
    });
  }
  files.default = join(folder, "application.mjs");
  writeFileSync(files.default, `import "bowline/portable";\n`);
  return files;
}
