// What is in use, and from where: files, exports and packages that nothing reaches are complaints.
import { readFileSync } from "node:fs";

const { exports, imports } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const sources = [...Object.values(exports), ...Object.values(imports)]
  .filter(target => typeof target === "object")
  .flatMap(({ types, ...conditions }) => (types === undefined ? Object.values(conditions) : [types]))
  .map(path => path.replace("./dist/", "src/").replace(/(\.d)?\.(js|ts)$/, ".ts"));

export default {
  workspaces: {
    ".": {
      entry: [
        ...new Set(sources),
        "src/cli/main.ts",
        "examples/**/*.mjs",
        "explorer/main.ts",
        "sim/worker.ts",
        "torture/{main,end}.ts",
        "test/manager/resume-child.ts",
        // Started by file: processes, threads, pages.
        "scripts/crowd/*.mjs",
        "sim/bite/*.{mjs,ts}",
        "scripts/*.mjs",
        "scripts/*/{main,make}.mjs",
        "test/portable/*.ts",
        "kernel/assembly/index.ts",
        "src/crypto/kernel.d.wasm.ts",
      ],
      project: ["**/*.{ts,mjs}"],
      vitest: { config: ["vitest.config.ts", "vitest.house.config.ts"] },
      // Run by file, as the checks and the tests do: scripts/verify.mjs.
      ignoreDependencies: ["dependency-cruiser"],
      // Put beside the others by the build.
      ignoreUnresolved: [/kernel\.wasm$/],
      ignoreBinaries: ["chrt", "script", "setsid", "strace", "unshare"],
    },
    bench: {
      entry: ["{main,run-rows,stream-server,tls-proxy,runtime-rates}.mjs"],
      project: ["**/*.mjs"],
    },
    "test/bundlers": { entry: ["main.mjs"] },
    "test/runtimes": { entry: ["main.mjs", "browser/*.mjs"] },
    "tools/gates": { entry: ["*.mjs"], ignoreDependencies: ["@arethetypeswrong/cli"] },
  },
  ignoreExportsUsedInFile: true,
};
