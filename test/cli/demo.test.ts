import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bowline, ensureBuilt, startBowline } from "./command.js";

beforeAll(ensureBuilt, 120_000);

/** The two processes that a run has named, by their ids. */
function processesOf(output: string): number[] {
  return [...output.matchAll(/process (\d+), id/g)].map(match => Number(match[1]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("bowline demo", () => {
  it("R16 R17 R20 plays the whole story in two processes, and everything is as it must be", () => {
    const { status, stdout, stderr } = bowline("demo", "--size", "1MiB");
    expect(stderr).toBe("");
    const story = [
      /listener {2}process \d+, id [0-9a-f]{8}, at tcp:\/\/127\.0\.0\.1:\d+: lets in [0-9a-f]{8}, nobody else/,
      /session [0-9a-f]{8} is up, suite IKhfs: [0-9a-f]{8} has proven its key/,
      /spoke Noise_IKhfs_25519\+MLKEM768_ChaChaPoly_SHA256/,
      /dialer {4}says: Is anybody there\?/,
      /listener {2}hears: Is anybody there\?/,
      /dialer {4}hears: Yes, and I know that it is you\./,
      /under epoch 1 now: the older key is erased/,
      /has 100% of the file \(1\.0 MiB\)/,
      /wrote {3}SHA-256 30dde76e46045e973d65fc218ca406b07bafbfdb1b0909428cd310eabbb1140e/,
      /courier {3}flips one bit[^\n]*\n[^\n]*listener {2}refuses it: record-forged/,
      /opens it: Pay 10 to Anna\./,
      /a second time\n[^\n]*listener {2}refuses it: record-replayed/,
      /hands it back to the dialer[^\n]*\n[^\n]*dialer {4}refuses it: record-forged/,
      /flips one bit of the dialer's next message\n[^\n]*listener {2}refuses it: record-forged/,
      /next message on twice\n[^\n]*listener {2}refuses it: record-replayed/,
      /next message back to it[^\n]*\n[^\n]*dialer {4}refuses it: record-forged/,
      /proxy {5}saw \d+ frames, plaintext in none of them/,
      /gives the handshake up: peer-refused/,
      /gives the handshake up: peer-mismatch/,
      /the peer has announced it \(normal\)/,
      /file {17}1,048,576 bytes in [\d.]+ s/,
      /[\d.]+ MiB\/s, [\d,]+ records\/s/,
      /dialer to listener {3}26 records, 21 messages, 1,048,684 bytes, 3 rotations/,
      /refused by listener {2}1 peer-refused, 2 record-forged, 2 record-replayed/,
      /refused by dialer {4}1 peer-mismatch, 2 record-forged/,
      /main {5}closed: peer, normal {10}closed: local, normal/,
      /tamper {3}failed: record-forged {9}truncated: session-truncated/,
      /replay {3}failed: record-replayed {7}truncated: session-truncated/,
      /reflect {2}truncated: session-truncated {2}failed: record-forged/,
      /cut {6}truncated: session-truncated {2}truncated: session-truncated/,
      /All 47 checks hold\.\n$/,
    ];
    let rest = stdout;
    for (const line of story) {
      expect(rest).toMatch(line);
      rest = rest.slice(line.exec(rest)!.index);
    }
    expect(stdout).not.toContain("\x1b");
    expect(status).toBe(0);
    expect(processesOf(stdout)).toHaveLength(2);
    expect(processesOf(stdout).filter(isAlive)).toEqual([]);
  });

  it.each(["1", "65537"])("works with a file of %s bytes", size => {
    const { status, stdout } = bowline("demo", "--size", size);
    expect(stdout).toContain("All 47 checks hold.");
    expect(status).toBe(0);
  });

  describe("ended before its time", () => {
    let temporary: string;
    beforeEach(() => (temporary = mkdtempSync(join(tmpdir(), "bowline-test-"))));
    let started: ChildProcess | undefined;
    afterEach(() => {
      // Where the test has failed, it may still run.
      started?.kill("SIGKILL");
      rmSync(temporary, { recursive: true, force: true });
    });

    /** A demonstration in the middle of its file. */
    async function inTheMiddle(): Promise<{
      demo: ChildProcess;
      output: () => string;
      closed: Promise<unknown>;
    }> {
      const demo = startBowline(["demo", "--size", "4GiB"], temporary);
      started = demo;
      const closed = once(demo, "close");
      let output = "";
      await new Promise<void>(resolve => {
        demo.stdout!.on("data", (chunk: Buffer) => {
          output += chunk.toString();
          if (output.includes("A file, with")) resolve();
        });
      });
      expect(processesOf(output).filter(isAlive)).toHaveLength(2);
      return { demo, output: () => output, closed };
    }

    it.each([
      { signal: "SIGINT", code: 130 },
      { signal: "SIGTERM", code: 143 },
    ] as const)("by $signal, leaves no process and no file behind", async ({ signal, code }) => {
      const { demo, output, closed } = await inTheMiddle();
      demo.kill(signal);
      expect(await closed).toEqual([code, null]);
      expect(output()).toContain(`Stopped by ${signal}`);
      expect(processesOf(output()).filter(isAlive)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    });

    it("outright, takes its processes with it", async () => {
      const { demo, output, closed } = await inTheMiddle();
      demo.kill("SIGKILL");
      await closed;
      await expect.poll(() => processesOf(output()).filter(isAlive), { timeout: 10_000 }).toEqual([]);
    });
  });
});
