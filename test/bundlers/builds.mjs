// What builds the application, and how. Each returns the file to run.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";

/** By name: where it isn't installed, the types of this file hold all the same. */
const load = name => import(name);
const has = name => existsSync(new URL(`node_modules/${name}/package.json`, import.meta.url));
const always = () => true;

function withEsbuild(platform) {
  return async (source, folder) => {
    const outfile = join(folder, `esbuild-${platform}.mjs`);
    const { warnings } = await esbuild({
      platform,
      entryPoints: [source],
      outfile,
      bundle: true,
      format: "esm",
      target: "es2022",
      minify: true,
      logLevel: "silent",
      tsconfigRaw: {},
    });
    if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
    return outfile;
  };
}

function withWebpack(target) {
  return async (source, folder) => {
    const { default: webpack } = await load("webpack");
    const output = { path: folder, filename: `webpack-${target}.mjs`, module: true };
    const compiler = webpack({
      mode: "production",
      context: folder,
      entry: source,
      target: [target, "es2022"],
      output: { ...output, chunkFormat: "module" },
      experiments: { outputModule: true },
      // An optional peer, for whoever connects by WebSocket from Node.
      externals: target === "node" ? { ws: "module ws" } : {},
      performance: false,
    });
    const stats = await new Promise((resolve, reject) => {
      compiler.run((error, result) => {
        if (error === null) compiler.close(() => resolve(result));
        else reject(error);
      });
    });
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString("errors-warnings"));
    return join(folder, output.filename);
  };
}

function withVite(target) {
  return async (source, folder) => {
    const { build } = await load("vite");
    const outDir = join(folder, `vite-${target}`);
    const page = join(folder, "index.html");
    writeFileSync(page, `<!doctype html><script type="module" src="./application.mjs"></script>`);
    mkdirSync(outDir, { recursive: true });
    const complaints = [];
    const tell = text => complaints.push(text);
    const output = { entryFileNames: "application.mjs", format: "es" };
    await build({
      root: folder,
      configFile: false,
      logLevel: "warn",
      customLogger: {
        info: () => undefined,
        warn: tell,
        warnOnce: tell,
        error: tell,
        clearScreen: () => undefined,
        hasErrorLogged: () => false,
        hasWarned: false,
      },
      ...(target === "node" ? { ssr: { noExternal: ["bowline"] } } : {}),
      build: {
        outDir,
        target: "es2022",
        modulePreload: false,
        ...(target === "node" ? { ssr: source } : {}),
        rolldownOptions: { ...(target === "node" ? {} : { input: page }), output },
      },
    });
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
    return join(outDir, "application.mjs");
  };
}

/** `provider`: which one the build must have picked. Those for a page run in Node, too: they need nothing of a page. */
export const builds = [
  { name: "esbuild for Node", build: withEsbuild("node"), provider: "node", installed: always },
  { name: "esbuild for a page", build: withEsbuild("browser"), provider: "noble", installed: always },
  { name: "webpack for Node", build: withWebpack("node"), provider: "node", installed: () => has("webpack") },
  {
    name: "webpack for a page",
    build: withWebpack("web"),
    provider: "noble",
    installed: () => has("webpack"),
  },
  { name: "Vite for Node", build: withVite("node"), provider: "node", installed: () => has("vite") },
  {
    name: "Vite for a page",
    build: withVite("page"),
    provider: "noble",
    installed: () => has("vite"),
    page: true,
  },
];
