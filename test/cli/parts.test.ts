import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseHostPort, parseSessionAddress } from "../../src/cli/address.js";
import { Backoff } from "../../src/cli/backoff.js";
import { exitCode, exitCodeMeanings, exitCodeOf } from "../../src/cli/exit-codes.js";
import { failureLine, oneLine } from "../../src/cli/failure.js";
import { fingerprintOf } from "../../src/cli/fingerprint.js";
import {
  addKnownPeer,
  defaultKnownPeersFile,
  knownPeerAt,
  readKnownPeers,
} from "../../src/cli/known-peers.js";
import { program } from "../../src/cli/program.js";
import { isPassing } from "../../src/cli/retryable.js";
import { safeFileName } from "../../src/cli/transfer/file-name.js";
import { bytesText, timeText } from "../../src/cli/transfer/progress.js";
import { errorKinds, SessionError, type ErrorCode } from "../../src/index.js";
import { root } from "./command.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "bowline-parts-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a file name that a peer has said", () => {
  it.each([
    ["photo.jpg", "photo.jpg"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ["/etc/shadow", "shadow"],
    ["..", "_"],
    [".", "_"],
    ["", "_"],
    ["folder/", "_"],
    [".ssh", "_ssh"],
    ["-rf", "_rf"],
    ["a\u0000b\nc", "a_b_c"],
    ["evil\u202egpj.exe", "evil_gpj.exe"],
    ["C:\\con", "_con"],
    ["nul.txt", "_nul.txt"],
    ["x.part", "x.part_"],
    ["x.PART.json", "x.PART.json_"],
    ["dots... ", "dots"],
    ["naïve résumé.txt", "naïve résumé.txt"],
  ])("%j becomes %j", (said, safe) => {
    expect(safeFileName(said)).toBe(safe);
  });

  it.each([
    ["65,536 letters", "a".repeat(65_536), "a".repeat(245)],
    ["65,536 halves of characters of four bytes", "𝄞".repeat(32_768), "𝄞".repeat(61)],
    ["65,535 dots and a letter", `${".".repeat(65_535)}x`, `_${".".repeat(243)}x`],
    ["20,000 spaces between two letters", `x${" ".repeat(20_000)}y`, `_${" ".repeat(243)}y`],
    ["a dot where the cut is", `${"A".repeat(55)}.${"b".repeat(244)}`, `_${"b".repeat(244)}`],
    ["a dash where the cut is", `${"A".repeat(55)}-${"b".repeat(244)}`, `_${"b".repeat(244)}`],
    ["a device with an end that goes", `${"A".repeat(55)}CON.b${".".repeat(240)}`, "_CON.b"],
    ["a device that fills the room", `CON.${"b".repeat(241)}`, `N.${"b".repeat(241)}`],
    ["a part that fills the room", `${"b".repeat(240)}.part`, `${"b".repeat(238)}.part_`],
  ])("of %s is cut, and then guarded", (_, said, safe) => {
    const name = safeFileName(said);
    expect(name).toBe(safe);
    expect(safeFileName(name)).toBe(name);
  });

  it("leads nowhere else, whatever it is, and is the same the second time", () => {
    const awkward = fc.constantFrom(
      "/",
      "\\",
      "..",
      ".part",
      ".json",
      "\u0000",
      "\u202e",
      "con",
      ":",
      " ",
      "é",
      "𝄞",
    );
    const names = fc.oneof(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc
        .array(fc.oneof(awkward, fc.string({ maxLength: 3 })), { maxLength: 120 })
        .map(parts => parts.join("")),
    );
    fc.assert(
      fc.property(names, said => {
        const name = safeFileName(said);
        expect(join("/inbox", name)).toBe(`/inbox/${name}`);
        expect(name).not.toMatch(/^[.-]|[/\\\p{Cc}]|\.part(\.json)?$/iu);
        expect(name).not.toBe("");
        expect(Buffer.byteLength(`${name}.part.json`)).toBeLessThanOrEqual(255);
        expect(safeFileName(name)).toBe(name);
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });
});

describe("the file of known peers", () => {
  const [one, two] = ["1".repeat(64), "2".repeat(64)];

  it("is made with its folder, for its owner alone; the last line of an address counts", async () => {
    const path = join(folder, "config", "bowline", "known_peers");
    expect(await readKnownPeers(path)).toEqual([]);
    await addKnownPeer(path, "tcp://a:1", one);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "config", "bowline")).mode & 0o777).toBe(0o700);
    appendFileSync(path, "# a note");
    await addKnownPeer(path, "tcp://a:1", two);
    await addKnownPeer(path, "tcp://b:1", one);
    expect(readFileSync(path, "utf8")).toBe(
      `tcp://a:1 ${one}\n# a note\ntcp://a:1 ${two}\ntcp://b:1 ${one}\n`,
    );
    expect(await knownPeerAt(path, "tcp://a:1")).toEqual({ address: "tcp://a:1", id: two, line: 3 });
    expect(await knownPeerAt(path, "tcp://c:1")).toBeUndefined();
  });

  it.each(["tcp://a:1", `tcp://a:1 ${"A".repeat(64)}`, "tcp://a:1 12"])(
    "with a line %j is refused",
    async line => {
      const path = join(folder, "known");
      writeFileSync(path, `\n${line}\n`);
      await expect(readKnownPeers(path)).rejects.toThrow(`Line 2 of ${path}`);
    },
  );

  it("that can't be used is said so", async () => {
    await expect(readKnownPeers(folder)).rejects.toThrow("Cannot read the known peers' file");
    await expect(addKnownPeer(folder, "tcp://a:1", one)).rejects.toThrow(
      "Cannot write the known peers' file",
    );
  });

  it("stands where the environment says", () => {
    expect(defaultKnownPeersFile({ XDG_CONFIG_HOME: "/x" })).toBe("/x/bowline/known_peers");
    expect(defaultKnownPeersFile({ XDG_CONFIG_HOME: "" })).toMatch(/\/\.config\/bowline\/known_peers$/);
  });
});

describe("addresses", () => {
  it.each([
    ["tcp://127.0.0.1:7000", "tcp://127.0.0.1:7000"],
    ["tcp://[::1]:7000", "tcp://[::1]:7000"],
    ["ws://example.org/a", "ws://example.org/a"],
    ["ws://example.org:8080", "ws://example.org:8080/"],
    ["wss://example.org/a", "wss://example.org/a"],
  ])("%s is known as %s", (text, canonical) => {
    expect(parseSessionAddress(text, "URL").text).toBe(canonical);
  });

  it("may have port 0 to listen at, and only then", () => {
    expect(parseHostPort("127.0.0.1:0", "--from", true)).toEqual({ host: "127.0.0.1", port: 0 });
    expect(() => parseHostPort("127.0.0.1:0", "--to")).toThrow("--to");
    expect(parseSessionAddress("tcp://[::]:0", "URL", true).text).toBe("tcp://[::]:0");
    expect(() => parseSessionAddress("tcp://127.0.0.1:0", "URL")).toThrow("URL");
    expect(() => parseSessionAddress("ws://127.0.0.1:0/", "URL")).toThrow("port 0");
  });
});

describe("what people read", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [268_435_456, "256 MiB"],
    [2 ** 50, "1024 TiB"],
  ])("%d bytes are %s", (count, text) => {
    expect(bytesText(count)).toBe(text);
  });

  it.each([
    [0, "0:00"],
    [59.2, "1:00"],
    [7_260, "2:01:00"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(timeText(seconds)).toBe(text);
  });

  it("a fingerprint is what SHA-256 gives", () => {
    // The SHA-256 of 32 zero bytes, in base64.
    expect(fingerprintOf("0".repeat(64))).toBe("SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU");
  });

  it("what comes from elsewhere moves no cursor and turns no text round", () => {
    expect(oneLine("a\x1b[2J\u202eb\r\nc")).toBe("a [2Jb c");
    expect(failureLine(new Error("a\x07b"))).toBe("bowline: a b\n");
  });
});

describe("waiting to try again", () => {
  it("takes longer each time, up to a bound, and begins anew", () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 12 }, () => backoff.next());
    expect(waits[0]).toBeLessThanOrEqual(313);
    expect(waits[11]).toBeGreaterThanOrEqual(11_250);
    expect(Math.max(...waits)).toBeLessThanOrEqual(18_750);
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(313);
  });
});

describe("exit codes", () => {
  it("of every error code are documented ones", () => {
    const known = new Set<number>(Object.values(exitCode));
    for (const code of Object.keys(errorKinds) as ErrorCode[]) {
      const status = exitCodeOf(new SessionError(code, "x"));
      expect(known.has(status)).toBe(true);
      if (code.startsWith("identity-file-")) expect(status).toBe(exitCode.keyFile);
    }
    expect(exitCodeOf(new Error("x"))).toBe(exitCode.failure);
  });
});

describe("docs/COMMAND.md", () => {
  const page = readFileSync(join(root, "docs/COMMAND.md"), "utf8");

  it("has the table of exit codes, row for row", () => {
    const section = page.slice(page.indexOf("## Exit codes"), page.indexOf("## Sub-commands"));
    const rows = [...section.matchAll(/^\| `(.+?)` \| (.+?) \|$/gm)].map(([, code, meaning]) => [
      code,
      meaning,
    ]);
    expect(rows).toEqual(exitCodeMeanings);
  });

  it("has a section for each sub-command, with an example, and every option", () => {
    for (const command of program().commands) {
      const heading = `\n### bowline ${command.name()}\n`;
      expect(page).toContain(heading);
      const section = page.slice(page.indexOf(heading) + heading.length).split(/\n##/)[0]!;
      expect(section).toContain(`bowline ${command.name()}`);
      for (const { long, hidden } of command.options) if (!hidden) expect(section).toContain(`\`${long}`);
    }
  });
});

describe("trying again", () => {
  const passes = (code: ErrorCode, again: boolean): boolean => isPassing(new SessionError(code, "x"), again);

  it.each([
    ["connect-failed", true, true],
    ["connection-lost", true, true],
    ["session-truncated", true, true],
    ["session-closed", true, true],
    ["session-expired", true, true],
    ["handshake-timeout", true, true],
    ["handshake-failed", false, true],
    ["record-forged", false, true],
    ["peer-mismatch", false, false],
    ["peer-refused", false, false],
    ["stream-reset", false, false],
    ["invalid-argument", false, false],
    ["identity-file-missing", false, false],
  ] as const)("after %s: at first %s, later %s", (code, first, later) => {
    expect([passes(code, false), passes(code, true)]).toEqual([first, later]);
  });

  it("is not for errors of others", () => expect(isPassing(new Error("x"), true)).toBe(false));
});
