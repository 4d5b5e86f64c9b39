import { spawn, spawnSync, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** Another build of the command, instead of that in dist. */
const given = process.env["BOWLINE_COMMAND"];
const command = given ?? join(root, "dist/bin/bowline.js");

/** Makes the built command current: tests of a user's view run what a user runs. */
export function ensureBuilt(): void {
  if (given !== undefined) return;
  const build = spawnSync(process.execPath, [join(root, "scripts/ensure-built.mjs")], { encoding: "utf8" });
  if (build.status !== 0) throw new Error(build.stderr);
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command to its end, without a terminal. */
export function bowline(...args: string[]): Run {
  return run(command, ...args);
}

/** The same with additions to the environment. */
export function bowlineWith(environment: Readonly<Record<string, string>>, ...args: string[]): Run {
  return runWith(environment, command, ...args);
}

/** Runs a program of Node to its end. */
export function run(program: string, ...args: string[]): Run {
  return runWith({}, program, ...args);
}

function runWith(environment: Readonly<Record<string, string>>, program: string, ...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    env: { ...plainEnvironment(), ...environment },
  });
  return { status, stdout, stderr };
}

/** What a shell is given to run the built command, in single quotes where it must be. */
export function shellCommand(...args: string[]): string {
  return [process.execPath, command, ...args].map(word => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Spawns the built command with pipes for all that it says and hears. */
export function spawnBowline(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [command, ...args], { env: { ...plainEnvironment(), ...environment } });
}

/** Starts the built command, with a folder for temporary files. Whoever does so waits for its end. */
export function startBowline(args: readonly string[], temporary: string): ChildProcess {
  return spawn(process.execPath, [command, ...args], {
    env: { ...plainEnvironment(), TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What vitest says about colours is not what a user's shell says. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const {
    FORCE_COLOR: _forced,
    NO_COLOR: _refused,
    BOWLINE_KEY: _key,
    BOWLINE_DEBUG: _debug,
    ...rest
  } = process.env;
  return rest;
}
