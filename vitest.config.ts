import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: { alias: { "#default-provider": source("crypto/node-provider.ts") } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000 },
});
