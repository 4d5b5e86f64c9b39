import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fingerprintOf } from "../../src/cli/fingerprint.js";
import { ensureBuilt } from "./command.js";
import { Workshop, type Process } from "./process.js";

let shop: Workshop;
beforeAll(() => {
  ensureBuilt();
  shop = new Workshop();
}, 120_000);
afterEach(() => shop.stop());
afterAll(() => shop.dispose());

const anyPort = "tcp://127.0.0.1:0";

async function listening(name: string, ...args: string[]): Promise<{ process: Process; address: string }> {
  shop.id(name);
  const process = shop.start("listen", anyPort, "--key", shop.key(name), ...args);
  return { process, address: await process.address() };
}

function connect(name: string, address: string, ...args: string[]): Process {
  shop.id(name);
  const process = shop.start("connect", address, "--key", shop.key(name), ...args);
  process.stdin.end("hello\n");
  return process;
}

/** One line, for a person, without a stack. */
function expectOneLine(stderr: string): void {
  expect(stderr).toMatch(/^bowline: [^\n]+\n$/);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+|node:/);
}

describe("the far end", () => {
  it("that is another peer is refused, and no data was sent", async () => {
    const far = await listening("far", "--allow", shop.id("near"));
    const near = connect("near", far.address, "--peer", shop.id("other"));
    expect(await near.ended).toMatchObject({ status: 3 });
    expectOneLine(near.stderr);
    expect(near.stderr).toContain(`The far end at ${far.address} is not ${fingerprintOf(shop.id("other"))}`);
    expect(near.stderr).toContain("no data was sent");
    expect(far.process.stdout).toHaveLength(0);
  });

  it("refuses a peer that is not in its list, says so at both ends, and goes on", async () => {
    const far = await listening("far", "--allow", shop.id("near"));
    const stranger = connect("other", far.address, "--peer", shop.id("far"));
    expect(await stranger.ended).toMatchObject({ status: 3 });
    expectOneLine(stranger.stderr);
    expect(stranger.stderr).toContain("give the peer this end's id");
    const [id, fingerprint] = [shop.id("other"), fingerprintOf(shop.id("other"))];
    await far.process.says(new RegExp(`refused ${id} \\(${fingerprint.replace(/[+/]/g, "\\$&")}\\)`));
    expect(far.process.stdout).toHaveLength(0);
    const near = connect("near", far.address, "--peer", shop.id("far"));
    far.process.stdin.end();
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(await far.process.ended).toMatchObject({ status: 0 });
    expect(far.process.stdout.toString()).toBe("hello\n");
  });

  it("that nobody knows is not believed by chance", async () => {
    const near = connect("near", "tcp://127.0.0.1:9", "--known-peers", shop.path("none"));
    expect(await near.ended).toMatchObject({ status: 2 });
    expectOneLine(near.stderr);
    expect(near.stderr).toContain("give the far end's id by --peer, or --trust-first");
  });

  it("that is not there: says why, and what to do", async () => {
    const near = connect("near", "tcp://127.0.0.1:9", "--peer", shop.id("far"));
    expect(await near.ended).toMatchObject({ status: 5 });
    expectOneLine(near.stderr);
    expect(near.stderr).toContain("ECONNREFUSED");
    expect(near.stderr).toContain("Start the other side first");
  });

  it("that is killed in the middle: the network was cut", async () => {
    const far = await listening("far", "--allow", shop.id("near"));
    shop.id("near");
    const near = shop.start("connect", far.address, "--key", shop.key("near"), "--peer", shop.id("far"));
    await far.process.says(/connected with/);
    far.process.kill("SIGKILL");
    expect(await near.ended).toMatchObject({ status: 5 });
    expect(near.stderr.trimEnd().split("\n").at(-1)).toContain("The connection ended before the peer closed");
  });

  it("that speaks another protocol is told from a peer", async () => {
    const server: Server = createServer(socket => {
      socket.on("error", () => undefined);
      socket.end("220 mail.example ESMTP\r\n");
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const near = connect("near", `tcp://127.0.0.1:${port}`, "--peer", shop.id("far"));
    const { status } = await near.ended;
    expect([1, 3, 5]).toContain(status);
    expectOneLine(near.stderr);
    server.close();
  });
});

describe("known peers", () => {
  const known = (): string => shop.path("known_peers");

  it("are pinned at the first contact, expected afterwards, and a changed key is refused loudly", async () => {
    const first = await listening("far", "--allow", shop.id("near"));
    const near = connect("near", first.address, "--trust-first", "--known-peers", known());
    first.process.stdin.end();
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(readFileSync(known(), "utf8")).toBe(`${first.address} ${shop.id("far")}\n`);
    expect(near.stderr).toContain(`pinned ${shop.id("far")}`);
    await first.process.ended;

    shop.id("impostor");
    const second = shop.start(
      ...["listen", first.address, "--key", shop.key("impostor"), "--allow", shop.id("near")],
    );
    await second.address();
    const before = readFileSync(known());
    for (const trust of [[], ["--trust-first"]]) {
      const again = connect("near", first.address, "--known-peers", known(), ...trust);
      expect(await again.ended).toMatchObject({ status: 4 });
      expectOneLine(again.stderr);
      expect(again.stderr).toContain("HAS CHANGED");
      expect(again.stderr).toContain(fingerprintOf(shop.id("far")));
      expect(again.stderr).toContain(fingerprintOf(shop.id("impostor")));
      expect(again.stderr).toContain(`line 1 of ${known()}`);
      expect(again.stderr).toContain(`--peer ${shop.id("impostor")}`);
    }
    expect(readFileSync(known())).toEqual(before);
    expect(second.stdout).toHaveLength(0);

    const overridden = connect(
      "near",
      first.address,
      "--known-peers",
      known(),
      "--peer",
      shop.id("impostor"),
    );
    second.stdin.end();
    expect(await overridden.ended).toMatchObject({ status: 0 });
  });

  it("stand in ~/.config, or where XDG_CONFIG_HOME says, for their owner alone", async () => {
    const far = await listening("far", "--allow", shop.id("near"));
    const near = connect("near", far.address, "--trust-first");
    far.process.stdin.end();
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(readFileSync(shop.path("config", "bowline", "known_peers"), "utf8")).toContain(far.address);
  });

  it("in a file with a spoilt line are not guessed at", async () => {
    writeFileSync(known(), "# mine\n\ntcp://127.0.0.1:9 abc\n");
    const near = connect("near", "tcp://127.0.0.1:9", "--known-peers", known(), "--json");
    expect(await near.ended).toMatchObject({ status: 1 });
    expectOneLine(near.stderr);
    expect(near.stderr).toContain(`Line 3 of ${known()}`);
    expect(near.events).toEqual([
      { event: "error", code: "known-peers-malformed", message: expect.any(String) as string, exitCode: 1 },
    ]);
  });
});

describe("a file of allowed ids", () => {
  it("counts as it is when a peer asks", async () => {
    const file = shop.path("allowed");
    writeFileSync(file, `# colleagues\n${shop.id("other")}  a note\n`);
    const far = await listening("far", "--allow-file", file);
    const early = connect("near", far.address, "--peer", shop.id("far"));
    expect(await early.ended).toMatchObject({ status: 3 });
    writeFileSync(file, `${shop.id("near")}\n`);
    const late = connect("near", far.address, "--peer", shop.id("far"));
    far.process.stdin.end();
    expect(await late.ended).toMatchObject({ status: 0 });
  });

  it.each([
    ["missing", () => shop.path("nowhere"), "ENOENT"],
    [
      "malformed",
      () => {
        writeFileSync(shop.path("spoilt"), "abc\n");
        return shop.path("spoilt");
      },
      "Line 1 of",
    ],
  ])("that is %s is a wrong command line", async (_, make, says) => {
    shop.id("far");
    const far = shop.start("listen", anyPort, "--key", shop.key("far"), "--allow-file", make());
    expect(await far.ended).toMatchObject({ status: 2 });
    expectOneLine(far.stderr);
    expect(far.stderr).toContain(says);
  });
});

describe("an address", () => {
  it("that is taken is told from all else", async () => {
    const far = await listening("far", "--allow", shop.id("near"));
    const second = shop.start("listen", far.address, "--key", shop.key("far"), "--allow", shop.id("near"));
    expect(await second.ended).toMatchObject({ status: 6 });
    expectOneLine(second.stderr);
    expect(second.stderr).toContain("another process has that port");
  });

  it.each([
    ["127.0.0.1:7000", "write tcp://HOST:PORT or ws://HOST:PORT/path"],
    ["http://127.0.0.1:7000", "write tcp://HOST:PORT or ws://HOST:PORT/path"],
    ["tcp://127.0.0.1", "HOST:PORT"],
    ["wss://127.0.0.1:7000", "behind a server that has the certificate"],
  ])("that is none is refused: %s", async (address, says) => {
    shop.id("far");
    const far = shop.start("listen", address, "--key", shop.key("far"), "--allow", shop.id("near"));
    expect(await far.ended).toMatchObject({ status: 2 });
    expectOneLine(far.stderr);
    expect(far.stderr).toContain(says);
  });

  it("may be a WebSocket's", async () => {
    shop.id("far");
    const far = shop.start(
      ...["listen", "ws://127.0.0.1:0/chat", "--key", shop.key("far"), "--allow", shop.id("near")],
    );
    const address = await far.address();
    expect(address).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/chat$/);
    const near = connect("near", address, "--peer", shop.id("far"));
    far.stdin.end("back\n");
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(near.stdout.toString()).toBe("back\n");
    expect(await far.ended).toMatchObject({ status: 0 });
    expect(far.stdout.toString()).toBe("hello\n");
  });
});

describe("a key", () => {
  it("comes from BOWLINE_KEY where the command line names none", async () => {
    shop.id("far");
    const near = shop.startWith({ BOWLINE_KEY: shop.key("far") }, "id", "--json");
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(near.events[0]).toMatchObject({ id: shop.id("far") });
  });

  it("that others can read is not used", async () => {
    shop.id("loose");
    chmodSync(shop.key("loose"), 0o644);
    const far = shop.start("listen", anyPort, "--key", shop.key("loose"), "--allow", shop.id("near"));
    expect(await far.ended).toMatchObject({ status: 7 });
    expectOneLine(far.stderr);
    expect(far.stderr).toContain("chmod 600");
  });
});
