// The same two figures on other runtimes, where `test/runtimes` has them installed, beside this Node.
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { runtimes } from "../test/runtimes/runtimes.mjs";
import { root } from "../scripts/set-up.mjs";
import { executable, runInChromium } from "../test/runtimes/chromium.mjs";
import { Missing } from "./measure.mjs";
import { output } from "./programs.mjs";
import { median } from "./summary.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const parts = ["runtime-rates.mjs", "ends.mjs", "measure.mjs"];
const installed = name =>
  runtimes.find(runtime => runtime.name.startsWith(name) && runtime.program !== undefined);

/** The package and the program in `folder`, where no settings of this project reach: Bun would take the paths of its tsconfig.json. */
function install(folder) {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules/@noble"), join(folder, "node_modules/@noble"));
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  mkdirSync(join(folder, "bench"));
  for (const name of parts) cpSync(join(here, name), join(folder, "bench", name));
}

/** What the program printed, as the runtime runs it. */
async function ratesOn({ program: runtime, args }, time) {
  const folder = mkdtempSync(join(tmpdir(), "bowline-bench-"));
  try {
    install(folder);
    const printed = await output(runtime, [...args, join(folder, "bench", parts[0]), String(time)]);
    return JSON.parse(printed.trim().split("\n").at(-1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The program as a page of Chromium has it. */
async function bundle(folder, time) {
  const outfile = join(folder, "rates.mjs");
  await build({
    stdin: {
      contents: `import { measureRates } from "./runtime-rates.mjs"; globalThis.portableReport = measureRates(${time});`,
      resolveDir: here,
    },
    outfile,
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    tsconfigRaw: {},
    logLevel: "error",
  });
  return outfile;
}

async function inChromium(time) {
  const folder = mkdtempSync(join(tmpdir(), "bowline-bench-"));
  try {
    const { version, reports } = await runInChromium([await bundle(folder, time)]);
    if (reports[0].rates === undefined) throw new Error(JSON.stringify(reports[0]));
    return { ...reports[0], version };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How each is asked; undefined where it is not installed. */
const others = {
  Bun: installed("Bun") && (time => ratesOn(installed("Bun"), time)),
  Deno: installed("Deno") && (time => ratesOn(installed("Deno"), time)),
  Chromium: (await executable()) && inChromium,
};

const measured = new Map();
async function measure({ rounds, time }, name) {
  const results = [];
  for (let round = 0; round < rounds; round++)
    results.push([await others[name](time), await ratesOn({ program: process.execPath, args: [] }, time)]);
  return results;
}

/** `what`: session-64 or handshake. Both come of one measurement. */
export async function onRuntime(settings, name, what) {
  if (others[name] === undefined) throw new Missing(`${name}: not installed in test/runtimes`);
  if (!measured.has(name)) measured.set(name, await measure(settings, name));
  const results = measured.get(name);
  const [[theirs, own]] = results;
  return {
    pairs: results.map(pair => pair.map(({ rates }) => median(rates[what]))),
    note: `${theirs.version} with ${theirs.provider}, Node ${own.version} with ${own.provider}`,
  };
}
