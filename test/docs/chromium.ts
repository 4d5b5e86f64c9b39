import { chromium } from "playwright-core";

const launcher = new URL("../runtimes/chromium.mjs", import.meta.url).href;
const { executable } = (await import(launcher)) as { executable: () => Promise<string | undefined> };
const executablePath = await executable();

/** Whether there is a browser: `npm test` installs it before the tests. */
export const chromiumIsInstalled = executablePath !== undefined;

/** What a page shows as soon as it shows anything, of 20 seconds. */
export async function shownInChromium(url: string): Promise<string> {
  if (executablePath === undefined) throw new Error("There is no Chromium.");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 30_000 });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction("document.body.innerText.trim() !== ''", undefined, { timeout: 20_000 });
    return await page.innerText("body");
  } finally {
    await browser.close();
  }
}
