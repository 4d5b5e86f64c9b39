import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Identity, MemoryStore, SessionManager, type Session } from "../../src/index.js";
import { tcp } from "../../src/transports/tcp.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Within the project, so that the store's package is found.
const bundles = join(root, "node_modules", ".cache", `bowline-resume-${process.pid}`);
const folder = mkdtempSync(join(tmpdir(), "bowline-resume-"));
const children = new Set<ChildProcess>();

beforeAll(async () => {
  mkdirSync(bundles, { recursive: true });
  const source = (path: string): string => join(root, "src", path);
  await build({
    entryPoints: [join(root, "test/manager/resume-child.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["lmdb", "@noble/*"],
    alias: {
      "#default-provider": source("crypto/node-provider.ts"),
      "#default-extra": source("crypto/node-extra.ts"),
      "#websocket": source("transports/websocket-node.ts"),
      "#kernel-module": source("crypto/kernel-compiled.ts"),
      "#diagnostics": source("manager/diagnostics-node.ts"),
    },
    outfile: join(bundles, "child.mjs"),
    logLevel: "warning",
  });
});

afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(bundles, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

const server = Identity.generate();

/** The address of a new process, which has what the ones before it have left on the disk. */
async function started(): Promise<{ readonly address: string; readonly kill: () => Promise<void> }> {
  const secret = server.exportSecretKey();
  const key = Buffer.from(secret.expose()).toString("hex");
  secret.dispose();
  const child = spawn(process.execPath, [join(bundles, "child.mjs"), join(folder, "store"), key], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const [address] = (await once(createInterface(child.stdout), "line")) as [string];
  const kill = async (): Promise<void> => {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    children.delete(child);
  };
  return { address, kill };
}

const echo = async (session: Session, text: string): Promise<string> =>
  (await session.request("echo", text)).text();

it("S5 a process killed at once after it has answered: what it has kept on the disk leads on, each time", async () => {
  const store = new MemoryStore();
  const identity = Identity.generate();
  const manager = new SessionManager({ identity, store });
  let child = await started();
  let session = await manager.connect(tcp(child.address), { peer: server.id });
  const { lineage } = session;
  let resumed = 0;
  for (let round = 1; round <= 4; round++) {
    expect(await echo(session, `round ${round}`)).toBe(`round ${round}`);
    if (round > 1) {
      const advanced = new Promise<void>(resolve => void session.on("epoch-advanced", () => resolve()));
      session.advanceEpoch();
      await advanced;
    } else {
      // The first state is on the disk once the store has answered; nothing tells the client of it.
      await new Promise(resolve => setTimeout(resolve, 300));
    }
    await child.kill();
    expect(await session.ended).toMatchObject({ kind: "truncated" });
    child = await started();
    session = await manager.resume(tcp(child.address), { peer: server.id });
    if (session.resumed !== undefined) resumed++;
    if (round === 1) {
      expect(session.resumed).toBeDefined();
      expect(session.lineage).toBe(lineage);
    }
    expect(await echo(session, "again")).toBe("again");
  }
  // Where the kill came before the write, a full handshake has taken the place.
  expect(resumed).toBeGreaterThanOrEqual(1);
  const closing = manager.close();
  await child.kill();
  await closing;
}, 60_000);
