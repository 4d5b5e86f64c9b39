import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshFolder } from "../stores/lmdb-folder.js";
import { lmdbProcesses, runChild } from "../stores/lmdb-process.js";

lmdbProcesses();

const writes = 5;
/** Each flush takes a tenth of a second: whoever does not wait for it is seen. */
const strace = ["strace", "-f", "-e", "trace=fdatasync,pwrite64,write,openat"];
const slow = ["-e", "inject=fdatasync:delay_exit=100000"];
const mayTrace =
  process.platform === "linux" && spawnSync("strace", ["-e", "trace=none", "true"]).status === 0;

/** Whether each write was on the disk before it counted, and before it was said to be durable, as the system calls of the process show. */
function flushedBefore(mode: "sequence" | "lazy" | "never"): boolean[] {
  const path = freshFolder();
  const trace = join(path, "..", "trace");
  runChild([mode, path, `${writes}`], [...strace, ...slow, "-o", trace]);
  const calls = readFileSync(trace, "utf8").split("\n");
  return Array.from({ length: writes }, (_, i) => {
    const asked = calls.findIndex(call => call.includes(`"ASKED ${i}\\n"`));
    const durable = calls.findIndex(call => call.includes(`"DURABLE ${i}\\n"`));
    expect(asked, `the trace of write ${i}`).toBeGreaterThanOrEqual(0);
    expect(durable, `the trace of write ${i}`).toBeGreaterThan(asked);
    const between = calls.slice(asked, durable);
    // Where other threads made calls meanwhile, its end stands on a line of its own.
    const pages = between.findIndex(call => /fdatasync.*= 0/.test(call));
    // The part of the first pages that makes a commit count: 128 bytes.
    const first = between.findIndex(call => /pwrite64\(.*, 128, \d+/.test(call));
    const syncs = calls.some(call => /openat\(.*data\.mdb".*O_DSYNC/.test(call));
    return syncs && pages >= 0 && first > pages;
  });
}

// strace is not everywhere, and a container may forbid it: then this is skipped.
describe.skipIf(!mayTrace)("a store that syncs lazily", () => {
  it("S9 LMDB's write resolves after its pages were flushed, and then the page that makes them count", () => {
    expect(flushedBefore("sequence")).toEqual(Array.from({ length: writes }, () => true));
  });

  it("S9 and one whose commits count before they are on the disk is seen, and one that never flushes", () => {
    for (const mode of ["lazy", "never"] as const)
      expect(flushedBefore(mode)).toEqual(Array.from({ length: writes }, () => false));
  });
});
