// `npm run bench`, and the rest of what ./options.mjs says.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { ensureBuilt } from "../scripts/ensure-built.mjs";
import { root, setUp, setUpProject } from "../scripts/set-up.mjs";
import { choose, readOptions, usage, UsageError } from "./options.mjs";
import { jsonOf, lineOf, page } from "./report.mjs";
import { rows } from "./rows.mjs";
import { runAll } from "./running.mjs";
import { exitStatus } from "./summary.mjs";

const complain = text => process.stderr.write(`${text}\n`);

/** What is asked for, or the end of the process, with 2. */
function asked() {
  try {
    const options = readOptions(process.argv.slice(2));
    const chosen = choose(rows, options.names);
    const guards = options.quick && options.names.length === 0;
    return { ...options, chosen: guards ? chosen.filter(({ quick }) => quick) : chosen };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    complain(error.message);
    return process.exit(2);
  }
}

const { json, quick, list, help, names, settings, chosen } = asked();
if (help || list) {
  process.stdout.write(help ? `${usage}\n` : rows.map(({ name }) => `${name}\n`).join(""));
  process.exit(0);
}

setUpProject();
const notInstalled = chosen.some(row => row.packages)
  ? setUp(fileURLToPath(new URL(".", import.meta.url)), "what the benchmarks stand beside")
  : undefined;
if (notInstalled !== undefined) {
  complain(notInstalled);
  process.exit(1);
}
await ensureBuilt({ progress: !json });

const begin = new Date();
const load = loadavg()[0];
if (load > cpus().length / 2) complain("The machine has other work to do: the figures are also about that.");
const results = [];
await runAll(chosen, settings, result => {
  results.push(result);
  if (json) process.stdout.write(`${JSON.stringify(jsonOf(result))}\n`);
  if (!json || result.pass === undefined) complain(lineOf(result));
});

if (!json && !quick && names.length === 0) {
  const file = fileURLToPath(new URL("RESULTS.md", import.meta.url));
  writeFileSync(file, page(results, { begin, load, settings }));
  complain(`Written: ${file.slice(root.length)}`);
}
process.exitCode = exitStatus(results, quick);
