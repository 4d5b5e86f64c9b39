// Makes docs/protocol-examples.json and fills the examples of docs/PROTOCOL.md: `node scripts/protocol-examples/main.mjs`.
// With --check, compares instead, and exits with 1 where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { ensureBuilt } from "../ensure-built.mjs";
import { loadLibrary } from "./library.mjs";
import { makeExamples } from "./make.mjs";
import { fillPage, formatJson } from "./page.mjs";

const pageFile = new URL("../../docs/PROTOCOL.md", import.meta.url);
const jsonFile = new URL("../../docs/protocol-examples.json", import.meta.url);

await ensureBuilt();
const examples = makeExamples(await loadLibrary());
const page = readFileSync(pageFile, "utf8");
const made = { page: fillPage(page, examples), json: formatJson(examples) };
const count = `${Object.keys(examples).length} examples`;
if (process.argv.includes("--check")) {
  const isCurrent = made.page === page && made.json === readFileSync(jsonFile, "utf8");
  console.log(`docs/PROTOCOL.md ${isCurrent ? "shows" : "does not show"} what the library makes (${count})`);
  process.exitCode = isCurrent ? 0 : 1;
} else {
  writeFileSync(pageFile, made.page);
  writeFileSync(jsonFile, made.json);
  console.log(`docs/PROTOCOL.md, docs/protocol-examples.json: ${count}`);
}
