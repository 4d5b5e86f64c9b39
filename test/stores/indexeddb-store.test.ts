import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const launcher = new URL("../runtimes/chromium.mjs", import.meta.url).href;
const { executable } = (await import(launcher)) as { executable: () => Promise<string | undefined> };
const executablePath = await executable();
if (executablePath === undefined && process.env["CI"] !== undefined) throw new Error("There is no Chromium.");

interface Result {
  readonly name: string;
  readonly failure?: string;
}

describe.skipIf(executablePath === undefined)("IndexedDB store, in Chromium", () => {
  let browser: Browser;
  let context: BrowserContext;
  let server: Server;
  let url = "";

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("indexeddb-page.ts", import.meta.url))],
      bundle: true,
      write: false,
      platform: "browser",
      format: "esm",
      target: "es2022",
      alias: {
        "#default-provider": fileURLToPath(new URL("../../src/crypto/noble-provider.ts", import.meta.url)),
        "#default-extra": fileURLToPath(new URL("../../src/crypto/noble-extra.ts", import.meta.url)),
        "#kernel-module": fileURLToPath(new URL("../../src/crypto/kernel-compiled.ts", import.meta.url)),
        "#diagnostics": fileURLToPath(new URL("../../src/manager/diagnostics-none.ts", import.meta.url)),
        "#websocket": fileURLToPath(new URL("../../src/transports/websocket-platform.ts", import.meta.url)),
      },
      logLevel: "error",
    });
    server = createServer((request, response) => {
      const script = request.url === "/page.mjs";
      response.writeHead(200, { "content-type": script ? "text/javascript" : "text/html" });
      response.end(
        script
          ? outputFiles[0]!.text
          : '<!doctype html><meta charset="utf-8"><script type="module" src="/page.mjs"></script>',
      );
    });
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ["--no-sandbox"],
      timeout: 30_000,
    });
    context = await browser.newContext();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  async function tab(within = context): Promise<Page> {
    const page = await within.newPage();
    page.on("pageerror", error => {
      throw error;
    });
    await page.goto(url);
    await page.waitForFunction("globalThis.actions !== undefined");
    return page;
  }

  const act = <Answer>(page: Page, call: string): Promise<Answer> =>
    page.evaluate<Answer>(`globalThis.actions.${call}`);

  it("keeps the contract, in two tabs at once", async () => {
    const pages = [await tab(), await tab()];
    const runs = await Promise.all(pages.map((page, i) => act<Result[]>(page, `contract("tab${i}")`)));
    for (const results of runs) {
      expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
      expect(results.length).toBeGreaterThan(30);
    }
    for (const page of pages) await page.close();
  }, 120_000);

  it("two tabs count together, and no step is lost", async () => {
    const pages = [await tab(), await tab()];
    const runs = await Promise.all(
      pages.map(page => act<{ conflicts: number; versions: string[] }>(page, "count(60)")),
    );
    expect(await act(pages[0]!, 'read("count")')).toBe(120);
    expect(new Set(runs.flatMap(({ versions }) => versions)).size).toBe(120);
    for (const page of pages) await page.close();
  }, 60_000);

  it("without room is store-full: what was acknowledged stays, removing goes on", async () => {
    // With storage of its own: what other tests left there, the browser counts when it likes.
    const apart = await browser.newContext();
    const page = await tab(apart);
    const session = await apart.newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: url, quotaSize: 10_000_000 });
    expect(await page.evaluate("navigator.storage.estimate()")).toMatchObject({ quota: 10_000_000 });
    expect(await act(page, "fill()")).toEqual(["store-full", "all kept", "ok"]);
    await session.send("Storage.overrideQuotaForOrigin", { origin: url });
    expect(await act(page, 'putNamed("filled")')).toBe("ok");
    await apart.close();
  }, 60_000);

  it("a tab that deletes the database, or has a newer version, makes it store-locked for the others", async () => {
    const [holder, other] = [await tab(), await tab()];
    await act(holder, "hold()");
    const upgrade = `new Promise((resolve, reject) => {
      const request = indexedDB.open("held", 2);
      request.onblocked = () => reject(new Error("blocked"));
      request.onsuccess = () => { request.result.close(); resolve("upgraded"); };
    })`;
    expect(await other.evaluate(upgrade)).toBe("upgraded");
    expect(await act(holder, "use()")).toBe("store-locked");
    expect(await act(other, 'openNamed("held")')).toBe("store-locked");
    for (const page of [holder, other]) await page.close();
  }, 60_000);

  it("a row that is none is store-corrupt", async () => {
    const page = await tab();
    expect(await act(page, 'openNamed("spoiled")')).toBe("ok");
    await act(page, 'spoil("spoiled", "name")');
    expect(await act(page, 'readNamed("spoiled", "name")')).toBe("store-corrupt");
    await page.close();
  }, 60_000);
});
