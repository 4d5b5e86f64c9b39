// Rows are measured one process after the other, each fresh: what one row leaves behind in the heap and in compiled code is no other's.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("run-rows.mjs", import.meta.url));
const execArgv = ["--expose-gc", "--max-old-space-size=16384"];

/** Rows that run in one process, in lists. */
function byProcess(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = row.process ?? row.name;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

function runGroup(group, settings, onResult) {
  const names = group.map(({ name }) => name);
  const told = new Set();
  return new Promise(resolve => {
    // Nothing but results may come to standard output: what a row prints goes where complaints go.
    const stdio = ["ignore", 2, "inherit", "ipc"];
    const child = fork(program, [names.join(","), JSON.stringify(settings)], { execArgv, stdio });
    child.on("message", result => {
      told.add(result.name);
      const row = group.find(({ name }) => name === result.name);
      onResult({ ...row, limit: row.bar, ...result });
    });
    child.on("exit", (code, signal) => {
      for (const row of group)
        if (!told.has(row.name)) onResult({ ...row, failed: `the process has ended with ${signal ?? code}` });
      resolve();
    });
  });
}

/** Measures all, and tells each result, which is the row with what was measured, `missing` or `failed`. */
export async function runAll(rows, settings, onResult) {
  for (const group of byProcess(rows)) await runGroup(group, settings, onResult);
}
