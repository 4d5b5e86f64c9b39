import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

let bundle = "";
let folder = "";

/** To be called once in a file of tests: makes the program that `lmdb-child.ts` is. */
export function lmdbProcesses(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bowline-lmdb-child-"));
    bundle = join(folder, "child.mjs");
    const lmdb = pathToFileURL(
      fileURLToPath(new URL("../../node_modules/lmdb/node-index.js", import.meta.url)),
    );
    await build({
      entryPoints: [fileURLToPath(new URL("lmdb-child.ts", import.meta.url))],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "es2022",
      logLevel: "error",
      plugins: [
        {
          name: "lmdb",
          setup: bundler =>
            void bundler.onResolve({ filter: /^lmdb$/ }, () => ({ path: lmdb.href, external: true })),
        },
      ],
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

/** Runs a mode of the program to its end. `before`: what stands in front of it, as `strace -f`. */
export function runChild(
  args: readonly string[],
  before: readonly string[] = [],
): { stdout: string; stderr: string } {
  const [program, ...rest] = [...before, process.execPath, bundle, ...args];
  const { stdout, stderr } = spawnSync(program!, rest, { encoding: "utf8", timeout: 60_000 });
  return { stdout, stderr };
}

/** A process that runs, and the lines that it has said so far. */
export class LmdbProcess {
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  #more = (): void => undefined;

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [bundle, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let rest = "";
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      this.#more();
    });
    this.ended = new Promise(resolve => this.#child.once("close", () => resolve()));
  }

  /** Resolves when it has said so many lines. */
  async said(lines: number): Promise<void> {
    while (this.lines.length < lines) await new Promise<void>(resolve => (this.#more = resolve));
  }

  /** Ends it at whatever instruction it is. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}
