// The transports of a browser, in a page of Chromium and against this Node: WebSocket, MessagePort, RTCDataChannel.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { root } from "../../scripts/set-up.mjs";
import { serveBrowser } from "./browser-server.mjs";
import { executable } from "./chromium.mjs";

const sources = fileURLToPath(new URL("browser", import.meta.url));

/** One file for each part, with the package as it is installed in `folder` inside. */
async function bundleParts(folder) {
  const files = {};
  for (const part of ["page", "worker"]) {
    files[`${part}.mjs`] = join(folder, `${part}.mjs`);
    await build({
      entryPoints: [join(sources, `${part}.mjs`)],
      outfile: files[`${part}.mjs`],
      bundle: true,
      platform: "browser",
      format: "esm",
      target: "es2022",
      // Resolves `bowline` from where it is installed, not from this project's own folder.
      plugins: [
        {
          name: "installed",
          setup(bundler) {
            bundler.onResolve({ filter: /^bowline(\/|$)/ }, ({ path, pluginData, kind }) =>
              pluginData === "installed"
                ? undefined
                : bundler.resolve(path, { kind, resolveDir: folder, pluginData: "installed" }),
            );
          },
        },
      ],
      tsconfigRaw: {},
      logLevel: "error",
      absWorkingDir: root,
    });
  }
  return files;
}

/** Runs the page. `folder` is where the package is installed. Undefined without a browser. */
export async function runBrowserTransports(folder) {
  const executablePath = await executable();
  if (executablePath === undefined) return undefined;
  symlinkSync(join(root, "node_modules/ws"), join(folder, "node_modules/ws"));
  const files = await bundleParts(folder);
  const server = await serveBrowser(join(folder, "node_modules/bowline"), files);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 30_000 });
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", error => errors.push({ name: "the page", message: error.stack ?? error.message }));
    await page.goto(server.url);
    const report = await page.evaluate("globalThis.portableReport");
    const failures = [...(report?.failures ?? []), ...errors];
    if (report === undefined && errors.length === 0)
      failures.push({ name: "the page", message: "no report" });
    return { version: browser.version(), report: { passed: report?.passed ?? 0, failures } };
  } finally {
    await browser.close();
    await server.close();
  }
}
