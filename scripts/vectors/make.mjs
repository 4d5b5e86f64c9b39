// Makes vectors/noise.json: `node scripts/vectors/make.mjs`. With --check, compares instead, and exits with 1 where it differs.
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { ensureBuilt } from "../ensure-built.mjs";
import { loadLibrary } from "./library.mjs";
import { makeVectors } from "./make-vectors.mjs";

const target = new URL("../../vectors/noise.json", import.meta.url);

await ensureBuilt();
const library = await loadLibrary("node");
const made = makeVectors(library);
if (process.argv.includes("--check")) {
  const present = JSON.parse(readFileSync(target, "utf8"));
  const isCurrent = JSON.stringify(present) === JSON.stringify(made);
  console.log(
    `vectors/noise.json ${isCurrent ? "is" : "is not"} what make.mjs makes (${made.vectors.length} vectors)`,
  );
  process.exitCode = isCurrent ? 0 : 1;
} else {
  writeFileSync(target, await format(JSON.stringify(made), { parser: "json", printWidth: 110 }));
  console.log(`vectors/noise.json: ${made.vectors.length} vectors`);
}
