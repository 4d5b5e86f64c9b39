import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeBlocks, type CodeBlock } from "./markdown.js";

const packing = new URL("../../scripts/packed-package.mjs", import.meta.url).href;
const { installPacked } = (await import(packing)) as {
  installPacked: (folder: string, others: readonly string[]) => string;
};

/** How long a program in the background may take to print what the page says, in milliseconds. */
const patience = 20_000;

/** One thing to do with a page, in the order of the page. */
export type Step =
  | { readonly kind: "file"; readonly name: string; readonly text: string; readonly line: number }
  | {
      readonly kind: "shell";
      readonly text: string;
      readonly line: number;
      readonly background: boolean;
      /** What it prints; undefined where the page does not say. */
      readonly prints?: string;
    }
  | { readonly kind: "page"; readonly url: string; readonly shows: string; readonly line: number };

/**
 * What a page tells its reader to do. A block `js NAME` (or of another language) is a file, `sh` a script that runs to its end, `sh background`
 * one that goes on while the rest is done; the `text` block after a script is what it prints, `text URL` what a browser shows there.
 */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  for (const block of codeBlocks(page)) {
    const [language, argument] = block.language.split(" ") as [string, string | undefined];
    if (language === "text" && argument === undefined) {
      const last = steps.at(-1);
      if (last?.kind !== "shell") throw new Error(`Line ${block.line}: what prints this?`);
      steps[steps.length - 1] = { ...last, prints: block.text };
    } else steps.push(stepOf(block, language, argument));
  }
  return steps;
}

function stepOf({ text, line }: CodeBlock, language: string, argument: string | undefined): Step {
  if (language === "text") return { kind: "page", url: argument!, shows: text, line };
  if (language === "sh") return { kind: "shell", text, line, background: argument === "background" };
  if (argument === undefined) throw new Error(`Line ${line}: a block in ${language} without a file's name.`);
  return { kind: "file", name: argument, text, line };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The same steps on ports that are free here: those of the pages are 7000 to 7009. */
export async function onFreePorts(steps: readonly Step[]): Promise<Step[]> {
  let text = JSON.stringify(steps);
  for (const port of new Set(text.match(/\b700\d\b/g))) {
    text = text.replaceAll(new RegExp(`\\b${port}\\b`, "g"), String(await freePort()));
  }
  return JSON.parse(text) as Step[];
}

/** What a reader has installed: the package as it is packed, and what the guides tell to install besides. */
export class Installation implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "bowline-guides-"));
  readonly modules = join(this.#folder, "node_modules");

  constructor() {
    installPacked(this.#folder, ["ws", "zod", "esbuild", "lmdb"]);
    mkdirSync(join(this.modules, ".bin"));
    symlinkSync("../bowline/dist/bin/bowline.js", join(this.modules, ".bin/bowline"));
    symlinkSync("../esbuild/bin/esbuild", join(this.modules, ".bin/esbuild"));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The folder of a reader, and what runs in it. */
export class Reader implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "bowline-guide-"));
  readonly #running: { readonly child: ChildProcess; readonly step: Step; output: string; errors: string }[] =
    [];

  constructor({ modules }: Installation) {
    symlinkSync(modules, join(this.folder, "node_modules"), "dir");
    this.write("package.json", `{ "name": "reader", "private": true }`);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs a script to its end, or in the background to its first line of output. Returns what it has printed. */
  async run(step: Step & { readonly kind: "shell" }): Promise<string> {
    const child = spawn("bash", ["-euo", "pipefail", "-c", step.text], {
      cwd: this.folder,
      // A group of its own, so that all that it starts can be ended.
      detached: true,
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin`, NO_COLOR: "1" },
      stdio: [step.background ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const running = { child, step, output: "", errors: "" };
    this.#running.push(running);
    child.stdout!.on("data", bytes => (running.output += String(bytes)));
    child.stderr!.on("data", bytes => (running.errors += String(bytes)));
    const closed = once(child, "close");
    const exited = once(child, "exit");
    if (!step.background) {
      const [status] = (await Promise.race([exited, timeout(step.line)])) as [number | null];
      // A server that the script leaves behind keeps the pipe open.
      await Promise.race([closed, pause(200)]);
      if (status !== 0) throw new Error(`Line ${step.line}: status ${status}\n${running.errors}`);
      return running.output;
    }
    const spoken = waitUntil(() => (running.output + running.errors).includes("\n"));
    await Promise.race([spoken, exited]);
    if (child.exitCode !== null) throw new Error(`Line ${step.line} has ended.\n${running.errors}`);
    return running.output;
  }

  /** What each script in the background should have printed, and what it has, as soon as they are the same. */
  async printedInBackground(
    within = patience,
  ): Promise<{ readonly line: number; readonly said: string; readonly is: string }[]> {
    const expected = this.#running.flatMap(running =>
      running.step.kind === "shell" && running.step.background && running.step.prints !== undefined
        ? [{ running, said: running.step.prints }]
        : [],
    );
    await waitUntil(() => expected.every(({ running, said }) => running.output === said), within);
    return expected.map(({ running, said }) => ({
      line: running.step.line,
      said,
      is: running.output + running.errors,
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#running) {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // It has ended.
      }
    }
    const nginx = join(this.folder, "nginx.pid");
    if (existsSync(nginx)) process.kill(Number(readFileSync(nginx, "utf8")), "SIGTERM");
    await pause(100);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether the shell finds a program. */
export function hasProgram(name: string): boolean {
  return spawnSync("bash", ["-c", `PATH=$PATH:/usr/sbin command -v ${name}`]).status === 0;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds));

async function waitUntil(holds: () => boolean, within = patience): Promise<void> {
  const end = Date.now() + within;
  while (!holds() && Date.now() < end) await pause(20);
}

function timeout(line: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`Line ${line} takes more than ${patience} ms.`)), patience).unref();
  });
}
