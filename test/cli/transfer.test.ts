import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ensureBuilt, shellCommand } from "./command.js";
import { Workshop, type Process } from "./process.js";

let shop: Workshop;
let inbox: string;
let big: string;
let bigDigest: string;
const bigLength = 40_000_000;
beforeAll(() => {
  ensureBuilt();
  shop = new Workshop();
  for (const name of ["far", "near", "other"]) shop.id(name);
  big = shop.path("big.bin");
  const bytes = randomBytes(bigLength);
  writeFileSync(big, bytes);
  bigDigest = createHash("sha256").update(bytes).digest("hex");
}, 120_000);
beforeEach(() => (inbox = shop.path("inbox")));
afterEach(async () => {
  await shop.stop();
  rmSync(inbox, { recursive: true, force: true });
});
afterAll(() => shop.dispose());

const patience = 120_000;
const anyPort = "tcp://127.0.0.1:0";

function receive(address = anyPort, ...more: string[]): Process {
  const allowed = ["--allow", shop.id("near"), "--allow", shop.id("other")];
  return shop.start("receive", inbox, "--key", shop.key("far"), ...allowed, "--listen", address, ...more);
}

const sendArguments = (address: string, paths: readonly string[], ...more: string[]): string[] => [
  ...["send", ...paths, "--key", shop.key("near"), "--peer", shop.id("far"), "--connect", address],
  ...more,
];
const send = (address: string, paths: readonly string[], ...more: string[]): Process =>
  shop.start(...sendArguments(address, paths, ...more));

const digestOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Until the part file has some of what is to come, and not all. */
async function partOf(path: string): Promise<number> {
  for (;;) {
    const length = existsSync(`${path}.part`) ? statSync(`${path}.part`).size : 0;
    if (length > 1_000_000 && length < bigLength) return length;
    if (existsSync(path)) throw new Error("It is there already: the file is too short for this test.");
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

function note(name: string, content: string): string {
  const path = shop.path(name);
  writeFileSync(path, content);
  return path;
}

describe("bowline send and receive", () => {
  it("carry files as they are, an empty one too, and check them", async () => {
    const far = receive(anyPort, "--once", "--json");
    const { address } = await far.event("listening");
    const near = send(address as string, [big, note("empty", "")], "--json");
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(await far.ended).toMatchObject({ status: 0 });
    expect(digestOf(join(inbox, "big.bin"))).toBe(bigDigest);
    expect(readdirSync(inbox).sort()).toEqual(["big.bin", "empty"]);
    const [, bigSent, emptySent] = near.events;
    const sent = { event: "sent", resumedAt: 0, seconds: expect.any(Number) as number };
    expect(bigSent).toEqual({ ...sent, file: big, name: "big.bin", bytes: bigLength, sha256: bigDigest });
    expect(emptySent).toMatchObject({ name: "empty", bytes: 0 });
    expect(far.events.find(({ event }) => event === "received")).toMatchObject({
      name: "big.bin",
      bytes: bigLength,
      sha256: bigDigest,
      peer: shop.id("near"),
    });
    expect(near.stderr).toBe("");
  }, 120_000);

  it("go the other way round: the sender listens", async () => {
    const path = note("note.txt", "a note");
    const near = shop.start(
      ...["send", path, "--key", shop.key("near"), "--allow", shop.id("far"), "--listen", anyPort],
    );
    const far = shop.start(
      ...["receive", inbox, "--key", shop.key("far"), "--peer", shop.id("near")],
      ...["--connect", await near.address()],
    );
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(await far.ended).toMatchObject({ status: 0 });
    expect(readFileSync(join(inbox, "note.txt"), "utf8")).toBe("a note");
  });

  it(
    "go on where they were after the sender was killed",
    async () => {
      const far = receive(anyPort, "--json");
      const address = (await far.event("listening"))["address"] as string;
      const target = join(inbox, "big.bin");
      const killed = send(address, [big]);
      await partOf(target);
      killed.kill("SIGKILL");
      await far.event("not-received");
      const had = statSync(`${target}.part`).size;
      expect(JSON.parse(readFileSync(`${target}.part.json`, "utf8"))).toEqual({
        peer: shop.id("near"),
        size: bigLength,
      });
      const again = send(address, [big], "--json");
      expect(await again.ended).toMatchObject({ status: 0 });
      expect(again.events.at(-1)).toMatchObject({ event: "sent", resumedAt: had, sha256: bigDigest });
      expect(digestOf(target)).toBe(bigDigest);
      expect(readdirSync(inbox)).toEqual(["big.bin"]);
    },
    patience,
  );

  it(
    "go on by themselves after the receiver was killed and came back",
    async () => {
      const far = receive();
      const address = await far.address();
      const near = send(address, [big], "--json");
      await partOf(join(inbox, "big.bin"));
      far.kill("SIGKILL");
      await near.event("cut");
      const back = receive(address, "--once");
      expect(await near.ended).toMatchObject({ status: 0 });
      const sent = near.events.find(({ event }) => event === "sent");
      expect(sent).toMatchObject({ sha256: bigDigest });
      expect(sent!["resumedAt"]).toBeGreaterThan(1_000_000);
      expect(await back.ended).toMatchObject({ status: 0 });
      expect(digestOf(join(inbox, "big.bin"))).toBe(bigDigest);
    },
    patience,
  );

  it("give up in time where the receiver stays away", async () => {
    const far = receive();
    const near = send(await far.address(), [big], "--retry", "0");
    await partOf(join(inbox, "big.bin"));
    far.kill("SIGKILL");
    expect(await near.ended).toMatchObject({ status: 5 });
  });

  it("begin anew where the part is of another content", async () => {
    const path = note("note.txt", "0123456789");
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, "note.txt.part"), "01x");
    writeFileSync(join(inbox, "note.txt.part.json"), JSON.stringify({ peer: shop.id("near"), size: 10 }));
    const far = receive();
    const near = send(await far.address(), [path], "--json");
    expect(await near.ended).toMatchObject({ status: 0 });
    expect(near.events.at(-1)).toMatchObject({ resumedAt: 0 });
    expect(readFileSync(join(inbox, "note.txt"), "utf8")).toBe("0123456789");
  });

  it("leave another peer's part alone", async () => {
    const path = note("note.txt", "0123456789");
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, "note.txt.part"), "012");
    const state = JSON.stringify({ peer: shop.id("other"), size: 10 });
    writeFileSync(join(inbox, "note.txt.part.json"), state);
    const far = receive();
    const near = send(await far.address(), [path], "--json");
    expect(await near.ended).toMatchObject({ status: 8 });
    expect(near.events.at(-1)).toMatchObject({ event: "error", code: "transfer-busy" });
    expect(readFileSync(join(inbox, "note.txt.part"), "utf8")).toBe("012");
  });

  it("overwrite nothing but with --force", async () => {
    const path = note("note.txt", "new");
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, "note.txt"), "old");
    const far = receive();
    const address = await far.address();
    const near = send(address, [path]);
    expect(await near.ended).toMatchObject({ status: 8 });
    expect(near.stderr).toContain("note.txt is there already");
    expect(readFileSync(join(inbox, "note.txt"), "utf8")).toBe("old");
    far.kill("SIGTERM");
    expect(await far.ended).toMatchObject({ status: 0 });
    const forced = receive(address, "--force");
    await forced.address();
    expect(await send(address, [path]).ended).toMatchObject({ status: 0 });
    expect(readFileSync(join(inbox, "note.txt"), "utf8")).toBe("new");
  });

  it.each([
    ["note.txt.part", "a part of somebody's own"],
    ["note.txt.part.json", "something else"],
    ["note.txt.part.json", JSON.stringify({ size: 3 })],
  ])("leave a file %s alone that is none of theirs: %s", async (name, content) => {
    const path = note("note.txt", "new");
    mkdirSync(inbox, { recursive: true });
    writeFileSync(join(inbox, name), content);
    const far = receive();
    const near = send(await far.address(), [path], "--json");
    expect(await near.ended).toMatchObject({ status: 8 });
    expect(near.events.at(-1)).toMatchObject({ event: "error", code: "transfer-exists" });
    expect(near.stderr).toContain(`${name} is there already`);
    expect(readdirSync(inbox)).toEqual([name]);
    expect(readFileSync(join(inbox, name), "utf8")).toBe(content);
  });

  it("follow no symbolic link out of the folder", async () => {
    const path = note("note.txt", "new");
    const outside = note("outside", "mine");
    mkdirSync(inbox, { recursive: true });
    symlinkSync(outside, join(inbox, "note.txt.part"));
    writeFileSync(join(inbox, "note.txt.part.json"), JSON.stringify({ peer: shop.id("near"), size: 3 }));
    const far = receive();
    const near = send(await far.address(), [path]);
    expect(await near.ended).toMatchObject({ status: 8 });
    expect(near.stderr).toContain("symbolic link");
    expect(readFileSync(outside, "utf8")).toBe("mine");
  });

  it("keep names that hide, or mean something to a shell, inside the folder and visible", async () => {
    const paths = [note(".profile", "x"), note("-rf", "y"), note("a\u001b[31m.txt", "z")];
    const far = receive();
    expect(await send(await far.address(), paths).ended).toMatchObject({ status: 0 });
    expect(readdirSync(inbox).sort()).toEqual(["_profile", "_rf", "a_[31m.txt"]);
  });

  it.each([
    ["a file that is not there", () => shop.path("nowhere"), "ENOENT"],
    ["a folder", () => shop.folder, "is no regular file"],
  ])("say at once what can't be sent: %s", async (_, path, says) => {
    const near = send("tcp://127.0.0.1:9", [path()]);
    expect(await near.ended).toMatchObject({ status: 8 });
    expect(near.stderr).toMatch(/^bowline: [^\n]+\n$/);
    expect(near.stderr).toContain(says);
  });

  it("tell a file that shrinks while it is sent", async () => {
    const path = shop.path("shrinking");
    writeFileSync(path, randomBytes(bigLength));
    const far = receive();
    const near = send(await far.address(), [path]);
    await partOf(join(inbox, "shrinking"));
    truncateSync(path, 0);
    expect(await near.ended).toMatchObject({ status: 8 });
    expect(near.stderr).toContain("became shorter");
    expect(existsSync(join(inbox, "shrinking"))).toBe(false);
  });

  it("end with 130 on SIGINT in the middle, and leave what came", async () => {
    const far = receive();
    const near = send(await far.address(), [big]);
    await partOf(join(inbox, "big.bin"));
    far.kill("SIGINT");
    expect(await far.ended).toMatchObject({ status: 130 });
    near.kill("SIGINT");
    expect(await near.ended).toMatchObject({ status: 130 });
    expect(existsSync(join(inbox, "big.bin.part"))).toBe(true);
  });
});

const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

it.skipIf(!hasTerminal)("a progress bar with rate and time left stands on a terminal", async () => {
  const far = receive();
  const command = shellCommand(...sendArguments(await far.address(), [big]));
  const child = spawn("script", ["-qec", command, "/dev/null"]);
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (screen += text));
  expect(await new Promise(resolve => child.once("close", resolve))).toBe(0);
  expect(screen).toMatch(/big\.bin \[.+\] +\d+% .*MiB of 38\.1 MiB .*\/s .*\d:\d\d left/);
  expect(screen).toMatch(/[\r\n]bowline: sent big\.bin/);
  expect(screen).toContain(`SHA-256 ${bigDigest}`);
});
