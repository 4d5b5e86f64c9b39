import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, get, request } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "./command.js";
import { Workshop } from "./process.js";
import { openTunnel, type Tunnel } from "./tunnel.js";

const run = promisify(execFile);

let shop: Workshop;
let tunnel: Tunnel | undefined;
const children: ChildProcess[] = [];
beforeAll(() => {
  ensureBuilt();
  shop = new Workshop();
}, 120_000);
afterEach(async () => {
  tunnel?.tap.close();
  tunnel = undefined;
  for (const child of children.splice(0)) {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise(resolve => child.once("exit", resolve));
    }
  }
  await shop.stop();
});
afterAll(() => shop.dispose());

const patience = 300_000;
const isOnCi = process.env["CI"] !== undefined;

/** The path of a program, also where Debian keeps PostgreSQL's. */
function programPath(name: string): string | undefined {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  const folders = [
    ...(process.env["PATH"] ?? "").split(":"),
    ...versions.map(version => `/usr/lib/postgresql/${version}/bin`),
    "/usr/lib/git-core",
  ];
  return folders.map(folder => join(folder, name)).find(existsSync);
}

/** A visible skip where one of these is not installed; a failure where CI is set. */
function needs(...programs: string[]): typeof it {
  const missing = programs.filter(program => programPath(program) === undefined);
  return (missing.length > 0 && !isOnCi ? it.skip : it) as typeof it;
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Waits until somebody listens at `port`. */
async function listens(port: number): Promise<void> {
  for (;;) {
    const isOpen = await new Promise<boolean>(resolve => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => (socket.destroy(), resolve(true)));
      socket.once("error", () => resolve(false));
    });
    if (isOpen) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

function start(program: string, args: readonly string[], cwd?: string): void {
  children.push(spawn(programPath(program)!, args, { stdio: "ignore", cwd }));
}

/** Nothing that `marks` name went over the wire in clear. */
function expectSecret(...marks: string[]): void {
  const { seen } = tunnel!.tap;
  expect(seen.length).toBeGreaterThan(1_000);
  for (const mark of marks) expect(seen.includes(mark)).toBe(false);
}

describe("real programs through bowline forward", () => {
  it(
    "an HTTP body of 256 MiB, up and down, is the same to the bit",
    async () => {
      const megabyte = randomBytes(1_048_576);
      const size = 256 * megabyte.length;
      const wanted = createHash("sha256");
      for (let i = 0; i < 256; i++) wanted.update(megabyte);
      const digest = wanted.digest("hex");
      const server = createServer((incoming, response) => {
        if (incoming.method === "GET") {
          response.writeHead(200, { "content-length": size, "x-marker": "A-HEADER-IN-CLEAR" });
          let left = 256;
          const more = (): void => {
            while (left-- > 0) if (!response.write(megabyte)) return void response.once("drain", more);
            response.end();
          };
          more();
          return;
        }
        const hash = createHash("sha256");
        incoming.on("data", (part: Buffer) => hash.update(part));
        incoming.on("end", () => response.end(hash.digest("hex")));
      });
      await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
      tunnel = await openTunnel(shop, (server.address() as AddressInfo).port);
      const { port } = tunnel;
      const down = await new Promise<string>((resolve, reject) => {
        get({ port, host: "127.0.0.1", agent: false }, response => {
          const hash = createHash("sha256");
          response.on("data", (part: Buffer) => hash.update(part));
          response.on("end", () => resolve(hash.digest("hex")));
        }).on("error", reject);
      });
      expect(down).toBe(digest);
      const up = await new Promise<string>((resolve, reject) => {
        const upload = request({ port, host: "127.0.0.1", method: "POST", agent: false }, response => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("end", () => resolve(text));
        });
        upload.on("error", reject);
        let left = 256;
        const more = (): void => {
          while (left-- > 0) if (!upload.write(megabyte)) return void upload.once("drain", more);
          upload.end();
        };
        more();
      });
      expect(up).toBe(digest);
      expect(tunnel.tap.length).toBeGreaterThan(2 * size);
      expectSecret("A-HEADER-IN-CLEAR", "HTTP/1.1");
      expect(tunnel.tap.seen.includes(megabyte.subarray(0, 32))).toBe(false);
      server.close();
    },
    patience,
  );

  needs("redis-server", "redis-benchmark")(
    "redis-benchmark against redis-server",
    async () => {
      const redisPort = await freePort();
      start("redis-server", ["--port", String(redisPort), "--save", "", "--dir", shop.folder]);
      await listens(redisPort);
      tunnel = await openTunnel(shop, redisPort);
      const { stdout } = await run(programPath("redis-benchmark")!, [
        ...["-p", String(tunnel.port), "-n", "4000", "-c", "50", "-t", "set,get,lpush", "-d", "512"],
        ...["--csv"],
      ]);
      expect(stdout).toMatch(/"SET","[1-9]/);
      expect(stdout).toMatch(/"GET","[1-9]/);
      expect(tunnel.near.stderr).not.toContain("was cut");
      expectSecret("redis_version", "SET\r\n", "key:__rand_int__");
    },
    patience,
  );

  needs("git", "git-daemon")(
    "git clone over the git protocol",
    async () => {
      const origin = shop.path("repositories", "project");
      mkdirSync(origin, { recursive: true });
      const git = (...args: string[]): string =>
        execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...args], {
          cwd: origin,
          encoding: "utf8",
        });
      git("init", "--quiet");
      writeFileSync(join(origin, "readme"), "A FILE IN A REPOSITORY\n");
      writeFileSync(join(origin, "noise"), randomBytes(5_000_000));
      git("add", ".");
      git("commit", "--quiet", "-m", "first");
      const gitPort = await freePort();
      start("git-daemon", [
        ...["--reuseaddr", "--export-all", `--port=${gitPort}`, "--listen=127.0.0.1"],
        `--base-path=${shop.path("repositories")}`,
      ]);
      await listens(gitPort);
      tunnel = await openTunnel(shop, gitPort);
      const clone = shop.path("clone");
      await run("git", ["clone", "--quiet", `git://127.0.0.1:${tunnel.port}/project`, clone]);
      const head = execFileSync("git", ["rev-parse", "HEAD"], { cwd: clone, encoding: "utf8" });
      expect(head).toBe(git("rev-parse", "HEAD"));
      execFileSync("git", ["fsck", "--full", "--strict"], { cwd: clone, stdio: "ignore" });
      expectSecret("git-upload-pack", "refs/heads", head.trim());
    },
    patience,
  );

  needs("psql", "initdb", "postgres")(
    "psql against PostgreSQL",
    async () => {
      const data = shop.path("postgres");
      const isRoot = process.getuid?.() === 0;
      mkdirSync(data);
      const as = isRoot ? ["runuser", "-u", "postgres", "--"] : ["env"];
      if (isRoot) {
        chmodSync(shop.folder, 0o711);
        execFileSync("chown", ["postgres", data]);
      }
      const initialise = [programPath("initdb")!, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"];
      execFileSync(as[0]!, [...as.slice(1), ...initialise], { stdio: "ignore", cwd: "/" });
      const serverPort = await freePort();
      const server = [programPath("postgres")!, "-D", data, "-p", String(serverPort), "-k", "", "-F"];
      start(as[0]!, [...as.slice(1), ...server], "/");
      await listens(serverPort);
      tunnel = await openTunnel(shop, serverPort);
      const psql = async (statement: string): Promise<string> => {
        const where = ["-h", "127.0.0.1", "-p", String(tunnel!.port), "-U", "postgres", "-d", "postgres"];
        const { stdout } = await run("psql", [...where, "-At", "-v", "ON_ERROR_STOP=1", "-c", statement], {
          env: { ...process.env, PGCONNECT_TIMEOUT: "60" },
        });
        return stdout.trim();
      };
      for (let tries = 0; ; tries++) {
        try {
          await psql("select 1");
          break;
        } catch (error) {
          // The server listens a little before it is ready.
          if (tries > 100) throw error;
          await new Promise(resolve => setTimeout(resolve, 100));
        }
      }
      await psql("create table hands (id int primary key, name text)");
      await psql("insert into hands select i, 'A NAME IN A TABLE ' || i from generate_series(1, 20000) i");
      expect(await psql("select count(*), sum(id) from hands")).toBe("20000|200010000");
      const all = await psql("select name from hands order by id");
      expect(all.split("\n")).toHaveLength(20_000);
      expectSecret("A NAME IN A TABLE", "create table", "generate_series");
    },
    patience,
  );
});
