import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt } from "./command.js";
import { Workshop, type Process } from "./process.js";
import { openTunnel } from "./tunnel.js";

let shop: Workshop;
let file: string;
let server: Server;
let target: number;
beforeAll(async () => {
  ensureBuilt();
  shop = new Workshop();
  for (const name of ["far", "near"]) shop.id(name);
  file = shop.path("file.bin");
  writeFileSync(file, randomBytes(10_000));
  server = createServer(socket => void socket.on("error", () => undefined).pipe(socket));
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  target = (server.address() as { port: number }).port;
}, 120_000);
afterEach(() => shop.stop());
afterAll(async () => {
  server.close();
  await shop.dispose();
});

const anyPort = "tcp://127.0.0.1:0";
const far = (...args: string[]): Process =>
  shop.start(...args, "--key", shop.key("far"), "--allow", shop.id("near"));
const near = (...args: string[]): Process =>
  shop.start(...args, "--key", shop.key("near"), "--peer", shop.id("far"));
const servers = {
  forward: () => far("forward", "--listen", anyPort, "--to", `127.0.0.1:${target}`),
  listen: () => far("listen", anyPort),
  receive: () => far("receive", shop.path("inbox"), "--listen", anyPort),
};
const visitors = {
  connect: (address: string) => near("connect", address),
  send: (address: string) => near("send", file, "--connect", address),
};

const echoed = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", reject);
    socket.once("data", bytes => {
      socket.destroy();
      resolve(bytes.toString());
    });
    socket.write(text);
  });

async function isRefusedClearly(process: Process): Promise<void> {
  expect(await process.ended).toEqual({ status: 1, signal: null });
  expect(process.stderr.match(/^bowline: The far end runs another sub-command: [^\n]+\n/gm)).toHaveLength(1);
}

describe("another sub-command at the far end", () => {
  it("takes no tunnel down, and is told to whoever comes", async () => {
    const tunnel = await openTunnel(shop, target);
    try {
      const address = await tunnel.far.address();
      await isRefusedClearly(visitors.connect(address));
      await isRefusedClearly(visitors.send(address));
      expect(await echoed(tunnel.port, "still there")).toBe("still there");
    } finally {
      tunnel.tap.close();
    }
  });

  it.each([
    ["send", "listen"],
    ["connect", "receive"],
  ] as const)("%s to %s ends with a clear line; the far end goes on", async (visitor, kind) => {
    const there = servers[kind]();
    await isRefusedClearly(visitors[visitor](await there.address()));
    await isRefusedClearly(visitors[visitor](await there.address()));
  });

  it("is told where a tunnel's connection is cut by it", async () => {
    const there = servers.listen();
    const tunnel = near("forward", "--connect", await there.address(), "--from", "127.0.0.1:0");
    const port = Number(await tunnel.says(/listening at 127\.0\.0\.1:(\d+)/));
    await tunnel.says(/connected to/);
    await expect(echoed(port, "x")).rejects.toThrow();
    await tunnel.says(/was cut: the far end runs another sub-command/);
  });
});

describe("a peer that does not answer", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("keeps no bowline send from ending on %s", async (signal, status) => {
    const sender = far("send", file, "--listen", anyPort);
    const silent = near("connect", await sender.address());
    await silent.says(/connected with/);
    await sender.says(/connected with/);
    sender.kill(signal);
    expect(await sender.ended).toEqual({ status, signal: null });
  });

  it("keeps no bowline receive from ending", async () => {
    const there = servers.listen();
    const taker = near("receive", shop.path("inbox"), "--connect", await there.address());
    await taker.says(/connected with/);
    taker.kill("SIGTERM");
    expect(await taker.ended).toEqual({ status: 0, signal: null });
  });
});
