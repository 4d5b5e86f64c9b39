import { defineConfig } from "vitest/config";

/** The checks of the house itself, which `npm run verify` runs: slower than a test, and about no behaviour. */
export default defineConfig({
  test: {
    include: ["test/house/**/*.test.ts", "test/packaging/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
