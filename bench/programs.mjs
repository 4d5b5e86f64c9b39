// Programs of the system and processes of ours that a row starts, and that end with it.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Missing } from "./measure.mjs";

/** The path of a program, undefined where it is not installed. */
export const programPath = name =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(path => existsSync(path));

/** @throws Missing where one of these is not installed */
export function needPrograms(...names) {
  const missing = names.filter(name => programPath(name) === undefined);
  if (missing.length > 0) throw new Missing(`${missing.join(", ")} not installed`);
}

/** A port of 127.0.0.1 that nobody listens at. */
export async function freePort() {
  const server = createServer();
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

function isOpen(port) {
  return new Promise(resolve => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Waits until somebody listens at `port`, 20 seconds at most. */
export async function listens(port) {
  for (let left = 400; left > 0; left--) {
    if (await isOpen(port)) return;
    await sleep(50);
  }
  throw new Error(`Nobody listens at ${port}.`);
}

/** Runs a program to its end, which must have one of `codes`; what it wrote on standard output. */
export function output(program, args, codes = [0]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let [text, complaints] = ["", ""];
    child.stdout.on("data", bytes => (text += bytes));
    child.stderr.on("data", bytes => (complaints += bytes));
    child.once("error", reject);
    child.once("close", code => {
      if (codes.includes(code)) resolve(text);
      else reject(new Error(`${program} has ended with ${code}.\n${text}${complaints}`));
    });
  });
}

/** A folder, and processes that run in it until `use` is over. A `quiet` one complains to nobody. */
export async function withProcesses(use) {
  const folder = mkdtempSync(join(tmpdir(), "bowline-bench-"));
  const children = [];
  const start = (program, args, quiet = false) =>
    children.push(
      spawn(program, args, { cwd: folder, stdio: ["ignore", "ignore", quiet ? "ignore" : "inherit"] }),
    );
  try {
    return await use({ folder, start });
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise(resolve => child.once("exit", resolve));
      child.kill();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}
