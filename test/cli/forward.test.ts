import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runFarEnd } from "../../src/cli/forward/far-end.js";
import { forwardLabel } from "../../src/cli/forward/forward-protocol.js";
import { Reporter } from "../../src/cli/reporter.js";
import type { Acceptor, Session } from "../../src/index.js";
import { connectedPair } from "../../src/testing/index.js";
import { ensureBuilt } from "./command.js";
import { Workshop } from "./process.js";
import { openTunnel, type Tunnel } from "./tunnel.js";

let shop: Workshop;
let tunnel: Tunnel | undefined;
const servers: Server[] = [];
beforeAll(() => {
  ensureBuilt();
  shop = new Workshop();
  for (const name of ["far", "near", "other"]) shop.id(name);
}, 120_000);
afterEach(async () => {
  tunnel?.tap.close();
  tunnel = undefined;
  for (const server of servers.splice(0)) server.close();
  await shop.stop();
});
afterAll(() => shop.dispose());

const patience = 120_000;

async function serve(onConnection: (socket: Socket) => void, port = 0): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

const echo = (socket: Socket): void => void socket.pipe(socket);

/** Sends `bytes`, ends its direction, and gives what comes back until the other direction ends. */
function exchange(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const answer: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", reject);
    socket.on("data", part => answer.push(part));
    socket.on("end", () => resolve(Buffer.concat(answer)));
    socket.end(bytes);
  });
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Listens, says where, and never takes a connection. */
const fullTarget = `
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("node:fs").writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** Shorter than the far end waits for a connection. */
const waiting = { timeout: 6_000, interval: 10 };

/** Connections to a port of this machine that have sent their SYN, and no more. */
function connecting(port: number): number {
  const to = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 02`;
  return readFileSync("/proc/net/tcp", "utf8").split(to).length - 1;
}

/** An acceptor's one session. */
const only = (session: Session): Acceptor =>
  ({
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve(session);
    },
  }) as unknown as Acceptor;

describe("bowline forward", () => {
  it(
    "carries many connections at a time through one session, each with its own bytes",
    async () => {
      tunnel = await openTunnel(shop, await serve(echo));
      const { port } = tunnel;
      const bodies = Array.from({ length: 120 }, (_, i) => randomBytes(1 + i * 2_000));
      const answers = await Promise.all(bodies.map(body => exchange(port, body)));
      expect(answers.map(digest)).toEqual(bodies.map(digest));
      expect(tunnel.far.stderr.match(/session [0-9a-f]{8} with/g)).toHaveLength(1);
      expect(tunnel.near.stderr.match(/connected to/g)).toHaveLength(1);
    },
    patience,
  );

  it("keeps a half-close, in both orders", async () => {
    // Answers only when the question has ended.
    const late = await serve(socket => {
      const parts: Buffer[] = [];
      socket.on("data", part => parts.push(part));
      socket.on("end", () => socket.end(`you said ${Buffer.concat(parts).toString()}`));
    });
    tunnel = await openTunnel(shop, late);
    expect((await exchange(tunnel.port, Buffer.from("hello"))).toString()).toBe("you said hello");
    tunnel.tap.close();
    await shop.stop();

    // Ends its own direction first, and then listens to the end.
    let heard = "";
    const early = await serve(socket => {
      socket.end("before anything");
      socket.on("data", part => (heard += part.toString()));
    });
    tunnel = await openTunnel(shop, early);
    const socket = connect({ port: tunnel.port, host: "127.0.0.1", allowHalfOpen: true });
    let said = "";
    socket.on("data", part => (said += part.toString()));
    await new Promise(resolve => socket.once("end", resolve));
    expect(said).toBe("before anything");
    socket.end("and after it");
    await new Promise(resolve => socket.once("close", resolve));
    while (heard !== "and after it") await new Promise(resolve => setTimeout(resolve, 10));
  });

  it("shows nothing of the plaintext on the wire", async () => {
    tunnel = await openTunnel(shop, await serve(echo));
    const body = Buffer.from("A PLAINTEXT THAT IS EASY TO FIND. ".repeat(10_000));
    expect(digest(await exchange(tunnel.port, body))).toBe(digest(body));
    expect(tunnel.tap.length).toBeGreaterThan(2 * body.length);
    expect(tunnel.tap.seen.includes("PLAINTEXT")).toBe(false);
    expect(tunnel.tap.seen.includes(Buffer.from(shop.id("near"), "hex"))).toBe(false);
  });

  it("refuses a near end that is not in its list, which then ends", async () => {
    const to = await serve(echo);
    const far = shop.start(
      ...["forward", "--key", shop.key("far"), "--allow", shop.id("near")],
      ...["--listen", "tcp://127.0.0.1:0", "--to", `127.0.0.1:${to}`],
    );
    const stranger = shop.start(
      ...["forward", "--key", shop.key("other"), "--peer", shop.id("far")],
      ...["--connect", await far.address(), "--from", "127.0.0.1:0"],
    );
    expect(await stranger.ended).toMatchObject({ status: 3 });
    expect(stranger.stderr).toContain("it may not accept this end's key");
    await far.says(/refused [0-9a-f]{64}/);
  });

  it("ends where the far end is another peer", async () => {
    const to = await serve(echo);
    const far = shop.start(
      ...["forward", "--key", shop.key("far"), "--allow", shop.id("near")],
      ...["--listen", "tcp://127.0.0.1:0", "--to", `127.0.0.1:${to}`],
    );
    const near = shop.start(
      ...["forward", "--key", shop.key("near"), "--peer", shop.id("other")],
      ...["--connect", await far.address(), "--from", "127.0.0.1:0"],
    );
    expect(await near.ended).toMatchObject({ status: 3 });
  });

  it("serves several peers, each by a session of its own", async () => {
    const to = await serve(echo);
    const far = shop.start(
      ...["forward", "--key", shop.key("far"), "--allow", shop.id("near"), "--allow", shop.id("other")],
      ...["--listen", "tcp://127.0.0.1:0", "--to", `127.0.0.1:${to}`],
    );
    const address = await far.address();
    const ports = await Promise.all(
      ["near", "other"].map(async name => {
        const near = shop.start(
          ...["forward", "--key", shop.key(name), "--peer", shop.id("far")],
          ...["--connect", address, "--from", "127.0.0.1:0"],
        );
        return Number(await near.says(/listening at 127\.0\.0\.1:(\d+)/));
      }),
    );
    const answers = await Promise.all(ports.map(port => exchange(port, Buffer.from(`from ${port}`))));
    expect(answers.map(String)).toEqual(ports.map(port => `from ${port}`));
    expect(far.stderr.match(/session [0-9a-f]{8} with/g)).toHaveLength(2);
  });

  it(
    "makes the session anew after the network was cut; what waits meanwhile is carried",
    async () => {
      tunnel = await openTunnel(shop, await serve(echo));
      const { near, port, tap } = tunnel;
      const broken = connect({ port, host: "127.0.0.1" });
      const brokenEnd = new Promise(resolve => broken.once("close", resolve));
      broken.on("error", () => undefined);
      broken.write("x");
      await new Promise(resolve => broken.once("data", resolve));
      tap.cut();
      await brokenEnd;
      await near.says(/was cut/);
      expect((await exchange(port, Buffer.from("again"))).toString()).toBe("again");
      expect(near.stderr.match(/connected to/g)).toHaveLength(2);
    },
    patience,
  );

  it(
    "refuses connections with a clear line where the far end stays away",
    async () => {
      tunnel = await openTunnel(shop, await serve(echo), ["--wait", "0.2"]);
      const { near, far, port } = tunnel;
      far.kill("SIGKILL");
      await near.says(/was cut/);
      await expect(exchange(port, Buffer.from("x"))).rejects.toThrow("ECONNRESET");
      await near.says(/refused a connection of 127\.0\.0\.1:\d+: there is no session with the far end/);
      expect(near.stderr).toContain("Trying again in");
    },
    patience,
  );

  it("passes on that the target can't be reached, and says so at both ends", async () => {
    const to = await serve(echo);
    servers.pop()!.close();
    tunnel = await openTunnel(shop, to);
    await expect(exchange(tunnel.port, Buffer.from("x"))).rejects.toThrow("ECONNRESET");
    await tunnel.near.says(/the far end can't reach what it forwards to/);
    await tunnel.far.says(/Cannot connect to 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/);
    // The session goes on.
    await serve(echo, to);
    expect((await exchange(tunnel.port, Buffer.from("now"))).toString()).toBe("now");
  });

  it.skipIf(process.platform !== "linux")(
    "gives up a connect that nobody waits for any more",
    async () => {
      // A target whose queue is full, as it takes nothing: what comes then stays in the middle of its connect.
      const target = spawn(process.execPath, ["-e", fullTarget], { stdio: ["ignore", "pipe", "inherit"] });
      const fillers: Socket[] = [];
      const pair = await connectedPair();
      try {
        const [said] = (await once(target.stdout, "data")) as [Buffer];
        const port = Number(said.toString());
        for (let i = 0; i < 8; i++)
          fillers.push(connect({ port, host: "127.0.0.1" }).on("error", () => undefined));
        await vi.waitFor(() => expect(connecting(port)).toBeGreaterThan(3), waiting);
        for (const filler of fillers) if (filler.connecting) filler.destroy();
        await vi.waitFor(() => expect(connecting(port)).toBe(0), waiting);
        const told: string[] = [];
        const tell = (event: string): void => void told.push(event);
        const reporter = Object.assign(new Reporter(false), { tell });
        void runFarEnd({ acceptor: only(pair.responder), to: { host: "127.0.0.1", port }, reporter });
        const streams = Array.from({ length: 20 }, () => pair.initiator.openStream({ label: forwardLabel }));
        await vi.waitFor(() => expect(connecting(port)).toBe(streams.length), waiting);
        for (const stream of streams) stream.reset();
        await vi.waitFor(() => expect(connecting(port)).toBe(0), waiting);
        expect(told).toEqual(["connected"]);
      } finally {
        for (const filler of fillers) filler.destroy();
        target.kill("SIGKILL");
        await pair.close();
      }
    },
    patience,
  );

  it("passes on that a connection was reset", async () => {
    tunnel = await openTunnel(
      shop,
      await serve(socket => void socket.once("data", () => socket.resetAndDestroy())),
    );
    await expect(exchange(tunnel.port, Buffer.from("x"))).rejects.toThrow("ECONNRESET");
  });

  it("does not let one that reads nothing stop the others", async () => {
    let reads = 0;
    const to = await serve(socket => {
      // The first one is never read.
      if (reads++ === 0) socket.pause();
      else echo(socket);
    });
    tunnel = await openTunnel(shop, to);
    const stalled = connect({ port: tunnel.port, host: "127.0.0.1" });
    stalled.on("error", () => undefined);
    stalled.write(randomBytes(8_000_000));
    while (reads === 0) await new Promise(resolve => setTimeout(resolve, 10));
    const body = randomBytes(500_000);
    expect(digest(await exchange(tunnel.port, body))).toBe(digest(body));
    stalled.destroy();
  });

  it("says that the port at the near end is taken", async () => {
    const taken = await serve(echo);
    const near = shop.start(
      ...["forward", "--key", shop.key("near"), "--peer", shop.id("far")],
      ...["--connect", "tcp://127.0.0.1:9", "--from", `127.0.0.1:${taken}`],
    );
    expect(await near.ended).toMatchObject({ status: 6 });
    expect(near.stderr).toMatch(/^bowline: Cannot listen at [^\n]+another process has that port[^\n]+\n$/);
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends with 0 on %s, both ends, and says so to its peer",
    async signal => {
      tunnel = await openTunnel(shop, await serve(echo));
      tunnel.near.kill(signal);
      expect(await tunnel.near.ended).toEqual({ status: 0, signal: null });
      await tunnel.far.says(/closed by the peer \(going-away\)/);
      tunnel.far.kill(signal);
      expect(await tunnel.far.ended).toEqual({ status: 0, signal: null });
    },
  );

  it("tells a program what happens, as JSON", async () => {
    const to = await serve(echo);
    const far = shop.start(
      ...["forward", "--json", "--key", shop.key("far"), "--allow", shop.id("near")],
      ...["--listen", "tcp://127.0.0.1:0", "--to", `127.0.0.1:${to}`],
    );
    const { address } = await far.event("listening");
    const near = shop.start(
      ...["forward", "--json", "--key", shop.key("near"), "--peer", shop.id("far")],
      ...["--connect", address as string, "--from", "127.0.0.1:0"],
    );
    const { address: from } = await near.event("listening");
    await near.event("connected");
    await exchange(Number(String(from).split(":")[1]), Buffer.from("12345"));
    const bytes = { toStream: 5, toSocket: 5 };
    expect(await near.event("closed")).toMatchObject({ stream: 1, ...bytes });
    expect(await far.event("closed")).toMatchObject({ stream: 1, ...bytes });
    expect(await far.event("connected")).toMatchObject({ peer: shop.id("near") });
    expect([near.stderr, far.stderr]).toEqual(["", ""]);
    near.kill("SIGTERM");
    expect(await far.event("disconnected")).toMatchObject({ peer: shop.id("near") });
  });

  it.each([
    [["--listen", "tcp://127.0.0.1:0"]],
    [["--connect", "tcp://127.0.0.1:9"]],
    [["--listen", "tcp://127.0.0.1:0", "--from", "127.0.0.1:0"]],
    [["--listen", "tcp://127.0.0.1:0", "--to", "127.0.0.1:9", "--connect", "tcp://127.0.0.1:9"]],
  ])("needs the options of one end: %s", async options => {
    const process = shop.start("forward", "--key", shop.key("near"), ...options);
    expect(await process.ended).toMatchObject({ status: 2 });
    expect(process.stderr).toMatch(/^bowline: Give --listen and --to at the far end[^\n]+\n$/);
  });

  it.each([
    [["--allow", "ab".repeat(32)], "--allow and --allow-file belong to the far end"],
    [["--allow-file", "ids"], "--allow and --allow-file belong to the far end"],
    [["--peer", "ab"], "is no id"],
    [[], "Nobody is known at tcp://127.0.0.1:9"],
  ])("refuses at the near end, before it listens: %s", async (options, says) => {
    const ends = ["--connect", "tcp://127.0.0.1:9", "--from", "127.0.0.1:0"];
    const process = shop.start("forward", "--key", shop.key("near"), ...ends, ...options);
    expect(await process.ended).toMatchObject({ status: 2 });
    expect(process.stderr).toMatch(/^bowline: [^\n]+\n$/);
    expect(process.stderr).toContain(says);
    expect(process.stderr).not.toContain("listening at");
  });

  it.each([[["--peer", "ab".repeat(32)]], [["--trust-first"]]])(
    "refuses at the far end what belongs to the near one: %s",
    async options => {
      const ends = ["--listen", "tcp://127.0.0.1:0", "--to", "127.0.0.1:9", "--allow", shop.id("near")];
      const process = shop.start("forward", "--key", shop.key("far"), ...ends, ...options);
      expect(await process.ended).toMatchObject({ status: 2 });
      expect(process.stderr).toMatch(/^bowline: --peer and --trust-first belong to the near end [^\n]+\n$/);
    },
  );
});
