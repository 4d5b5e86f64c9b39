// Runs files of Noise test vectors: `npm run -s vectors -- [--provider node|noble] FILE...`
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensureBuilt } from "../ensure-built.mjs";
import { loadLibrary } from "./library.mjs";
import { runVector } from "./run-vector.mjs";

const usage = "usage: npm run -s vectors -- [--provider node|noble] FILE...";

/** The vectors of a file. Throws Error where it can't be read or is not of a known form. */
function readVectors(file) {
  let text;
  try {
    text = readFileSync(locate(file), "utf8");
  } catch (error) {
    throw new Error(`can't be read (${error.code})`);
  }
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("is not JSON");
  }
  const vectors = Array.isArray(content) ? content : content?.vectors;
  if (!Array.isArray(vectors) || vectors.length === 0)
    throw new Error('has no list of vectors under "vectors"');
  return vectors;
}

/** npm moves to the project's folder: a relative path that is not there is one from where npm was called. */
function locate(file) {
  return existsSync(file) ? file : resolve(process.env.INIT_CWD ?? ".", file);
}

function runFile(file, library, counts) {
  let vectors;
  try {
    vectors = readVectors(file);
  } catch (error) {
    counts.failed++;
    console.log(`${file}: ${error.message}`);
    return;
  }
  for (const vector of vectors) {
    const { name, outcome, why } = runVector(vector, library);
    counts[outcome]++;
    if (outcome === "failed") console.log(`FAILED ${name}: ${why}`);
  }
}

async function main() {
  let options;
  try {
    options = parseArgs({
      allowPositionals: true,
      options: { provider: { type: "string", default: "node" } },
    });
  } catch {
    options = { values: { provider: "" }, positionals: [] };
  }
  const { values, positionals } = options;
  if (!["node", "noble"].includes(values.provider) || positionals.length === 0) {
    console.error(usage);
    return 1;
  }
  await ensureBuilt();
  const library = await loadLibrary(values.provider);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of positionals) runFile(file, library, counts);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
