// Real processes, killed at every point, on a real store: `npm run -s torture -- [--store lmdb] [--rounds N] [--processes 1|2|5] [--rollback]
// [--persist resume|full] [--control send-first]`. The control takes out of restores what makes each of them another one (R, the fence, and the generation that follows at once): repeats must be found.
// The last line says how many rounds passed and failed; exit status 1 where one failed.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { root } from "./set-up.mjs";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "lmdb" },
    rounds: { type: "string", default: "20" },
    processes: { type: "string", default: "1" },
    rollback: { type: "boolean", default: false },
    persist: { type: "string", default: "resume" },
    control: { type: "string" },
  },
});
const settings = {
  rounds: Number(values.rounds),
  processes: Number(values.processes),
  rollback: values.rollback,
  persist: values.persist,
};
if (!["resume", "full"].includes(values.persist) || !["send-first", undefined].includes(values.control)) {
  process.stderr.write("--persist is resume or full; --control is send-first.\n");
  process.exit(2);
}
if (values.store !== "lmdb" || !(settings.rounds >= 1) || !(settings.processes >= 1)) {
  process.stderr.write("--store is lmdb; --rounds and --processes are at least 1.\n");
  process.exit(2);
}
/** What the control takes out, by file. */
const taken = [
  ["restore-sealer.ts", "options.random(restoreRandomLength)", "new Uint8Array(restoreRandomLength).fill(7)"],
  ["restore-chain.ts", ".u64(fence)", ".u64(1n)"],
  ["session-lifecycle.ts", "lineage.exchanges.advanceGeneration(now);", ""],
];
const sendFirst = {
  name: "send-first",
  setup(build) {
    build.onLoad({ filter: /(restore-sealer|restore-chain|session-lifecycle)\.ts$/ }, ({ path }) => {
      const [, before, after] = taken.find(([file]) => path.endsWith(file));
      const source = readFileSync(path, "utf8");
      if (!source.includes(before)) throw new Error(`${path} has no ${before}`);
      return { contents: source.replace(before, after), loader: "ts" };
    });
  },
};
// Within the project, so that the store's package is found.
const folder = join(root, "node_modules", ".cache", `bowline-torture-${process.pid}`);
mkdirSync(folder, { recursive: true });
try {
  await build({
    entryPoints: [join(root, "torture/main.ts"), join(root, "torture/end.ts")],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
    plugins: values.control === undefined ? [] : [sendFirst],
    alias: {
      "#default-provider": join(root, "src/crypto/node-provider.ts"),
      "#default-extra": join(root, "src/crypto/node-extra.ts"),
      "#kernel-module": join(root, "src/crypto/kernel-compiled.ts"),
      "#diagnostics": join(root, "src/manager/diagnostics-node.ts"),
      "#websocket": join(root, "src/transports/websocket-node.ts"),
    },
  });
  const { status } = spawnSync(
    process.execPath,
    [join(folder, "main.mjs"), join(folder, "end.mjs"), JSON.stringify(settings)],
    { stdio: "inherit" },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
