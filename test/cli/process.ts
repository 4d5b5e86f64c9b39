import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bowline, spawnBowline } from "./command.js";

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running `bowline`, and what it has said so far. */
export class Process {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stdout: Buffer[] = [];
  #stderr = "";
  readonly ended: Promise<Ended>;
  #isOver = false;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawnBowline(args, environment);
    this.#child.stdout.on("data", (bytes: Buffer) => this.#stdout.push(bytes));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.#child.stdin.on("error", () => undefined);
    this.ended = new Promise(resolve => {
      this.#child.once("close", (status, signal) => {
        this.#isOver = true;
        resolve({ status, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get stdin(): ChildProcessWithoutNullStreams["stdin"] {
    return this.#child.stdin;
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The JSON objects on standard output, one a line. */
  get events(): Record<string, unknown>[] {
    return this.stdout
      .toString()
      .split("\n")
      .slice(0, -1)
      .map(line => JSON.parse(line) as Record<string, unknown>);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first group of `pattern`, or all of it, once it stands in standard error. */
  async says(pattern: RegExp): Promise<string> {
    return this.#until(() => {
      const match = pattern.exec(this.#stderr);
      return match === null ? undefined : (match[1] ?? match[0]);
    }, String(pattern));
  }

  /** The first event of that name. */
  async event(name: string): Promise<Record<string, unknown>> {
    return this.#until(() => this.events.find(({ event }) => event === name), `event ${name}`);
  }

  /** Where it listens. */
  async address(): Promise<string> {
    return this.says(/listening at (\S+)/);
  }

  async #until<Value>(look: () => Value | undefined, what: string): Promise<Value> {
    for (;;) {
      const value = look();
      if (value !== undefined) return value;
      if (this.#isOver) throw new Error(`ended without ${what}: ${this.stdout.toString()} ${this.#stderr}`);
      await Promise.race([once(this.#child.stdout, "data"), once(this.#child.stderr, "data"), this.ended]);
    }
  }
}

/** A folder with two or more identities, and what was started there: all ended and removed by `dispose`. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "bowline-command-"));
  readonly #processes: Process[] = [];
  readonly #ids = new Map<string, string>();

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** The id of the identity of that name, made when it is first asked for. */
  id(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const { stdout, stderr } = bowline("keygen", "--out", this.key(name), "--json");
    if (stderr !== "") throw new Error(stderr);
    const { id } = JSON.parse(stdout) as { id: string };
    this.#ids.set(name, id);
    return id;
  }

  key(name: string): string {
    return this.path(`${name}.key`);
  }

  start(...args: string[]): Process {
    return this.startWith({}, ...args);
  }

  startWith(environment: Readonly<Record<string, string>>, ...args: string[]): Process {
    const process = new Process(args, { XDG_CONFIG_HOME: this.path("config"), ...environment });
    this.#processes.push(process);
    return process;
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
    for (const process of this.#processes) process.kill("SIGKILL");
    await Promise.all(this.#processes.splice(0).map(({ ended }) => ended));
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
