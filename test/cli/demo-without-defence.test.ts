import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root, run } from "./command.js";

/** A counter guard that guards nothing, in the place of either kind. */
const noGuard = (name: string): string => `
export const replayWindowWidth = 8160;
export class ${name} {
  #opened = 0n;
  get highest() { return this.#opened; }
  check() { return "fresh"; }
  mark() { this.#opened += 1n; }
}`;

let folder: string;
let command: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bowline-test-"));
  command = join(folder, "dist/bin/bowline.mjs");
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  await build({
    absWorkingDir: root,
    entryPoints: ["src/cli/main.ts"],
    outfile: command,
    bundle: true,
    platform: "node",
    format: "esm",
    tsconfig: join(root, "tsconfig.base.json"),
    banner: {
      js: `import { createRequire as _r } from "node:module"; const require = _r(import.meta.url);`,
    },
    plugins: [
      {
        name: "without-counter-guard",
        setup: ({ onLoad }) =>
          Object.entries({ "in-order-counter": "InOrderCounter", "replay-window": "ReplayWindow" }).forEach(
            ([file, name]) =>
              onLoad({ filter: new RegExp(`record/${file}\\.ts$`) }, () => ({
                contents: noGuard(name),
                loader: "ts",
              })),
          ),
      },
    ],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("R16 a command whose records may be replayed fails its own demonstration", () => {
  const { status, stdout } = run(command, "demo", "--size", "1KiB");
  expect(stdout).toContain("it opened once only: opened: Pay 10 to Anna., must be refused: record-replayed");
  expect(stdout).toContain("replay: messages delivered: 2, must be 1");
  expect(stdout).toMatch(/\d+ of 47 checks failed:/);
  expect(status).toBe(1);
}, 90_000);
