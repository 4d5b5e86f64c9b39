import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { treeOf } from "../../src/cli/completion.js";
import { program } from "../../src/cli/program.js";
import { bowline, ensureBuilt } from "./command.js";
import { Workshop } from "./process.js";

let shop: Workshop;
beforeAll(() => {
  ensureBuilt();
  shop = new Workshop();
  for (const name of ["far", "near"]) shop.id(name);
}, 120_000);
afterEach(() => shop.stop());
afterAll(() => shop.dispose());

describe("bowline inspect", () => {
  it("shows a session's health, metrics and events, and disturbs nobody", async () => {
    const far = shop.start(
      ...["listen", "tcp://127.0.0.1:0", "--key", shop.key("far"), "--allow", shop.id("near")],
    );
    const address = await far.address();
    const inspect = shop.start(
      ...["inspect", address, "--key", shop.key("near"), "--peer", shop.id("far")],
      ...["--json", "--interval", "0.1"],
    );
    const status = await inspect.event("status");
    expect(status).toMatchObject({
      peer: shop.id("far"),
      suite: "IKhfs",
      role: "initiator",
      health: { status: "healthy" },
      metrics: { sent: { messages: "0" }, generations: 0 },
    });
    expect(inspect.events[0]).toMatchObject({ event: "established", session: status["session"] });
    inspect.kill("SIGINT");
    expect(await inspect.ended).toEqual({ status: 0, signal: null });
    expect(inspect.events.at(-1)).toMatchObject({ event: "ended", end: { kind: "closed", by: "local" } });

    const near = shop.start("connect", address, "--key", shop.key("near"), "--peer", shop.id("far"));
    near.stdin.end("still there");
    far.stdin.end();
    expect(await far.ended).toMatchObject({ status: 0 });
    expect(far.stdout.toString()).toBe("still there");
  });

  it("shows it to people, and how it ended", async () => {
    const far = shop.start(
      ...["receive", shop.path("inbox"), "--key", shop.key("far"), "--allow", shop.id("near")],
      ...["--listen", "tcp://127.0.0.1:0"],
    );
    const address = await far.address();
    const watched = [address, "--key", shop.key("near"), "--peer", shop.id("far"), "--interval", "0.1"];
    const inspect = shop.start("inspect", ...watched);
    await far.says(/connected with/);
    while (!inspect.stdout.includes("healthy for")) await new Promise(resolve => setTimeout(resolve, 20));
    far.kill("SIGTERM");
    expect(await far.ended).toMatchObject({ status: 0 });
    expect(await inspect.ended).toMatchObject({ status: 0 });
    expect(inspect.stdout.toString()).toMatch(/established with [0-9a-f]{8} \(SHA256:/);
    expect(inspect.stderr).toContain("closed by the peer (going-away)");
  });
});

describe("bowline doctor", () => {
  it("finds this machine in order, and says what it can do", () => {
    const run = bowline("doctor", "--json", "--key", shop.key("far"), "--known-peers", shop.path("none"));
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const findings = run.stdout
      .trimEnd()
      .split("\n")
      .map(line => JSON.parse(line) as { check: string; status: string; detail: string });
    expect(findings.map(({ check }) => check)).toEqual([
      ...["runtime", "provider", "ML-KEM", "WebSocket", "listening", "clock", "key file", "known peers"],
    ]);
    expect(findings.filter(({ status }) => status === "failed")).toEqual([]);
  });

  it("finds what is amiss, and says what to do", async () => {
    const taken = createServer();
    await new Promise<void>(resolve => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    shop.id("loose");
    chmodSync(shop.key("loose"), 0o640);
    const known = shop.path("known");
    writeFileSync(known, "# none\n");
    chmodSync(known, 0o666);
    const run = bowline(
      ...["doctor", "--key", shop.key("loose"), "--listen", `tcp://127.0.0.1:${port}`],
      ...["--known-peers", known],
    );
    taken.close();
    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(run.stdout).toMatch(/^failed +listening .*another process has that port/m);
    expect(run.stdout).toMatch(/^failed +key file .*chmod 600/m);
    expect(run.stdout).toMatch(/^failed +known peers .*chmod 600/m);
    expect(run.stdout).toMatch(/^ok +runtime +Node /m);
  });
});

const shells = ["bash", "zsh", "fish"] as const;

describe("bowline completion", () => {
  const tree = treeOf(program());

  it.each(shells)("names every sub-command and option for %s", shell => {
    const { status, stdout } = bowline("completion", shell);
    expect(status).toBe(0);
    for (const { name, options } of tree) {
      expect(stdout).toContain(name);
      for (const { flag } of options) expect(stdout).toContain(shell === "fish" ? flag.slice(2) : flag);
    }
    expect(stdout).not.toContain("--part");
  });

  it.each(shells)("is a script that %s takes", shell => {
    const { stdout } = bowline("completion", shell);
    const checked = spawnSync(shell, ["-n"], { input: stdout, encoding: "utf8" });
    // Only bash is on every machine that this runs on.
    if (shell !== "bash" && checked.error !== undefined) return;
    expect(checked).toMatchObject({ status: 0, stderr: "" });
  });

  it("completes sub-commands, options and files in bash", () => {
    const script = bowline("completion", "bash").stdout;
    mkdirSync(shop.path("files"));
    writeFileSync(shop.path("files", "key-one"), "");
    const complete = (...words: string[]): string[] => {
      const list = words.map(word => `'${word}'`).join(" ");
      const { stdout } = spawnSync(
        "bash",
        [
          "-c",
          `${script}\nCOMP_WORDS=(bowline ${list}); COMP_CWORD=${words.length}; _bowline; printf '%s\\n' "\${COMPREPLY[@]}"`,
        ],
        { encoding: "utf8", cwd: shop.path("files") },
      );
      return stdout.split("\n").filter(line => line !== "");
    };
    expect(complete("for")).toEqual(["forward"]);
    expect(complete("id", "--k")).toEqual(["--key"]);
    expect(complete("id", "--key", "k")).toEqual(["key-one"]);
    expect(complete("send", "k")).toEqual(["key-one"]);
    expect(complete("connect", "--peer", "")).toEqual([]);
    expect(complete("completion", "z")).toEqual(["zsh"]);
    expect(complete("forward", "--trust")).toEqual(["--trust-first"]);
  });
});
