import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt, shellCommand } from "./command.js";
import { Workshop, type Process } from "./process.js";

let shop: Workshop;
beforeAll(() => {
  ensureBuilt();
  shop = new Workshop();
  shop.id("far");
  shop.id("near");
}, 120_000);
afterEach(() => shop.stop());
afterAll(() => shop.dispose());

const anyPort = "tcp://127.0.0.1:0";
const listen = (...more: string[]): Process =>
  shop.start("listen", anyPort, "--key", shop.key("far"), "--allow", shop.id("near"), ...more);
const connectArguments = (address: string, ...more: string[]): string[] => [
  ...["connect", address, "--key", shop.key("near"), "--peer", shop.id("far")],
  ...more,
];
const connect = (address: string, ...more: string[]): Process =>
  shop.start(...connectArguments(address, ...more));
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("bowline listen and connect", () => {
  it("carry bytes both ways as they are, a megabyte and more", async () => {
    const [there, back] = [randomBytes(3_000_000), randomBytes(2_000_000)];
    const far = listen();
    const near = connect(await far.address());
    near.stdin.end(there);
    far.stdin.end(back);
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(await far.ended).toMatchObject({ status: 0 });
    expect(digest(far.stdout)).toBe(digest(there));
    expect(digest(near.stdout)).toBe(digest(back));
  });

  it("keep a half-close: the answer comes after the question has ended", async () => {
    const far = listen();
    const near = connect(await far.address());
    near.stdin.end("question");
    await far.says(/connected with/);
    while (far.stdout.toString() !== "question") await new Promise(resolve => setTimeout(resolve, 20));
    far.stdin.end("answer");
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(near.stdout.toString()).toBe("answer");
  });

  it("speak JSON where they are asked to", async () => {
    const far = listen("--json");
    const { address, id } = await far.event("listening");
    expect(id).toBe(shop.id("far"));
    const near = connect(address as string, "--json");
    near.stdin.end("one\ntwo\r\nthree");
    far.stdin.end();
    expect(await near.ended).toMatchObject({ status: 0 });
    await far.ended;
    expect(far.events.map(({ event, text }) => text ?? event)).toEqual([
      ...["listening", "connected", "one", "two", "three", "ended"],
    ]);
    expect(far.events[1]).toMatchObject({
      peer: shop.id("near"),
      session: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      fingerprint: expect.stringMatching(/^SHA256:/) as string,
      remote: expect.stringMatching(/^tcp:/) as string,
    });
    expect(near.events.map(({ event }) => event)).toEqual(["connected", "ended"]);
  });

  it("print the session's events where --inspect asks for them", async () => {
    const far = listen("--inspect");
    const near = connect(await far.address());
    near.stdin.end();
    far.stdin.end();
    await far.ended;
    expect(far.stderr).toMatch(/\d\d:\d\d:\d\d\.\d{3} [0-9a-f]{8} established with [0-9a-f]{8}/);
    expect(far.stderr).toMatch(/ended: closed by the peer|ended: closed by this end/);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("close the session on %s", async (signal, status) => {
    const far = listen();
    const near = connect(await far.address());
    await near.says(/connected with/);
    await far.says(/connected with/);
    near.kill(signal);
    expect(await near.ended).toEqual({ status, signal: null });
    const { status: farStatus } = await far.ended;
    expect(farStatus).not.toBe(0);
    expect(far.stderr.split("\n").filter(line => line.startsWith("bowline:"))).toHaveLength(3);
  });

  it("end quietly where the reader of the output has gone", async () => {
    const far = listen();
    const address = await far.address();
    const run = spawn("sh", ["-c", `${shellCommand(...connectArguments(address))} < /dev/zero | head -c 10`]);
    far.stdin.write(randomBytes(200_000));
    const status = await new Promise(resolve => run.once("close", resolve));
    expect(status).toBe(0);
  });
});

const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

describe.skipIf(!hasTerminal)("on a terminal", () => {
  it("chat line by line; what the peer writes moves no cursor; Ctrl-D ends it", async () => {
    const far = listen("--json");
    const { address } = await far.event("listening");
    const child = spawn("script", [
      "-qec",
      shellCommand(...connectArguments(address as string)),
      "/dev/null",
    ]);
    let screen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (screen += text));
    const shows = async (text: string): Promise<void> => {
      while (!screen.includes(text)) await new Promise(resolve => setTimeout(resolve, 20));
    };
    await shows("connected with");
    child.stdin.write("good morning\r");
    while (!far.events.some(({ text }) => text === "good morning")) {
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    far.stdin.write("\x1b[2Jto you, \x07too\n");
    await shows("too");
    expect(screen).toContain("< [2Jto you, too");
    expect(screen).not.toContain("\x1b[2J");
    far.stdin.end();
    await shows("says no more");
    child.stdin.write("\x04");
    expect(await new Promise(resolve => child.once("close", resolve))).toBe(0);
    expect(await far.ended).toMatchObject({ status: 0 });
  });
});
