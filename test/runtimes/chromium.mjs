// Runs a bundle in a page of Chromium, served from loopback.
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";

const packages = new URL("node_modules/", import.meta.url);

/** The unpacked browser of the npm package, or the system's; undefined where there is neither. */
export async function executable() {
  const packed = new URL("@sparticuz/chromium/build/esm/index.js", packages);
  if (!existsSync(packed)) return ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  const kept = new URL(".chromium", packages).pathname;
  if (!existsSync(join(kept, "chromium"))) {
    // The package unpacks to the folder for temporary files: unpacked apart, then put in place whole.
    const fresh = `${kept}-${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    const before = process.env.TMPDIR;
    process.env.TMPDIR = fresh;
    try {
      await (await import(packed.href)).default.executablePath();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    if (!existsSync(kept)) renameSync(fresh, kept);
    rmSync(fresh, { recursive: true, force: true });
  }
  return join(kept, "chromium");
}

/** Serves one page for each bundle. */
async function serve(files) {
  const server = createServer((request, response) => {
    const index = Number.parseInt(request.url.slice(1), 10);
    const script = request.url.endsWith(".mjs");
    if (!(index in files)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
    return response.end(
      script
        ? readFileSync(files[index])
        : `<!doctype html><meta charset="utf-8"><script type="module" src="/${index}.mjs"></script>`,
    );
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** Runs each of `files`. Returns the browser's version and the reports in the same order; undefined without a browser. */
export async function runInChromium(files) {
  const executablePath = await executable();
  if (executablePath === undefined) return undefined;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 30_000 });
  const server = await serve(files);
  try {
    const reports = [];
    for (const index of files.keys()) {
      const page = await browser.newPage();
      const errors = [];
      page.on("pageerror", error => errors.push({ name: "the page", message: error.stack ?? error.message }));
      await page.goto(`${server.url}/${index}`);
      const report = await page.evaluate("globalThis.portableReport");
      reports.push(
        report ?? {
          passed: 0,
          failures: errors.length > 0 ? errors : [{ name: "the page", message: "no report" }],
        },
      );
      await page.close();
    }
    return { version: browser.version(), reports };
  } finally {
    await browser.close();
    server.close();
  }
}
