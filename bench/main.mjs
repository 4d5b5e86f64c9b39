// `npm run bench`: medians of interleaved rounds in one process, each figure beside what it is made of or a peer. Writes bench/README.md.
// `npm run -s bench -- --json [NAME...]` prints one JSON object a line instead.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureBuilt } from "../scripts/ensure-built.mjs";
import { compare } from "./compare.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean" } } });
await ensureBuilt();
const rows = [...(await import("./rows.mjs")).rows, ...(await import("./durable-rows.mjs")).durableRows];

const chosen = positionals.length === 0 ? rows : rows.filter(row => positionals.includes(row.name));
const results = [];
for (const row of chosen) {
  const result = row.measure === undefined ? compare(row) : await row.measure();
  results.push(result);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stderr.write(`${result.name}: ${result.ratio.toFixed(2)}\n`);
}

const figure = value => (value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(2));
const table = results
  .map(
    ({ name, what, beside, unit, ours, peer, ratio, spread }) =>
      `| ${name} | ${what} | ${figure(ours)} ${unit} | ${beside} | ${figure(peer)} ${unit} | ${ratio.toFixed(2)} | ${spread[0].toFixed(2)} to ${spread[1].toFixed(2)} |`,
  )
  .join("\n");
const page = `# Benchmarks

\`npm run bench\` writes this page: medians of interleaved rounds in one process. A ratio is ours over what stands beside it; trust the ratios,
not the single figures. Nothing here is asserted by a test.

${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${cpus().length} × ${cpus()[0].model}.

| name | what | ours | beside | it | ratio | spread of the ratio |
| --- | --- | --- | --- | --- | --- | --- |
${table}
`;
if (!values.json && positionals.length === 0) {
  writeFileSync(fileURLToPath(new URL("README.md", import.meta.url)), page);
}
