import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "#default-provider": source("crypto/node-provider.ts"),
      "#default-extra": source("crypto/node-extra.ts"),
      "#websocket": source("transports/websocket-node.ts"),
      "#kernel-module": source("crypto/kernel-compiled.ts"),
      "#diagnostics": source("manager/diagnostics-node.ts"),
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/house/**", "test/packaging/**", "**/node_modules/**"],
    testTimeout: 30_000,
    // By itself the runner leaves one processor free, which on two is half the machine.
    maxWorkers: availableParallelism(),
  },
});
