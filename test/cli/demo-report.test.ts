import { describe, expect, it } from "vitest";
import { checkFacts } from "../../src/cli/demo/checks.js";
import { closingTable } from "../../src/cli/demo/closing-table.js";
import type { AttackFacts, DemoFacts } from "../../src/cli/demo/demo-facts.js";
import { verdictOf } from "../../src/cli/demo/verdict.js";
import { goodFacts } from "./good-facts.js";

const attacksWith = (meddling: string, change: Partial<AttackFacts>): AttackFacts[] =>
  goodFacts.attacks.map(attack => (attack.meddling === meddling ? { ...attack, ...change } : attack));
const { main, file, courier, attacks, exits } = goodFacts;
const listenerOf = (meddling: string): AttackFacts["listener"] =>
  attacks.find(attack => attack.meddling === meddling)!.listener;

/** Each row: a demonstration in which one thing went wrong, and the check that must say so. */
const failures: readonly (readonly [check: string, change: Partial<DemoFacts>])[] = [
  ["the handshake was hybrid", { main: { ...main, suite: "IK" } }],
  ['"hello" arrived as it was said', { talk: [{ said: "hello", heard: undefined }] }],
  ["the whole file came in", { file: { ...file, received: { ...file.received, bytes: 1 } } }],
  [
    "the listener's file has the dialer's SHA-256",
    { file: { ...file, received: { ...file.received, sha256: "d".repeat(64) } } },
  ],
  [
    "the listener said so through the session",
    { file: { ...file, sent: { ...file.sent, answered: { bytes: 0, sha256: "" } } } },
  ],
  ["a tampered bare record was refused", { courier: { ...courier, tampered: { text: "pby" } } }],
  ["the genuine one then opened", { courier: { ...courier, genuine: { refused: "record-forged" } } }],
  ["it opened once only", { courier: { ...courier, replayed: { text: "pay" } } }],
  ["its own sealer does not open it", { courier: { ...courier, reflected: { text: "pay" } } }],
  ["tamper: messages delivered", { attacks: attacksWith("tamper", { delivered: ["texu"] }) }],
  [
    "tamper: how the listener's session ended",
    { attacks: attacksWith("tamper", { listener: { ...listenerOf("tamper"), end: undefined } }) },
  ],
  ["replay: messages delivered", { attacks: attacksWith("replay", { delivered: ["text", "text"] }) }],
  ["replay: of them as they were sent", { attacks: attacksWith("replay", { delivered: ["other"] }) }],
  [
    "reflect: how the dialer's session ended",
    { attacks: attacksWith("reflect", { dialer: { ...main.dialer, end: undefined } }) },
  ],
  [
    "cut: how the listener's session ended",
    {
      attacks: attacksWith("cut", {
        listener: { ...main.listener, end: { kind: "closed", by: "peer", reason: "normal" } },
      }),
    },
  ],
  ["a stranger was refused", { stranger: { told: undefined, reasons: [] } }],
  ["an impostor was refused", { impostor: undefined }],
  ["nothing on the wire was readable", { wire: { frames: 28, sawPlaintext: true } }],
  [
    "the listener was told of the end",
    {
      main: {
        ...main,
        listener: { ...main.listener, end: { kind: "truncated", code: "session-truncated" } },
      },
    },
  ],
  [
    "the listener has followed",
    {
      main: {
        ...main,
        listener: {
          ...main.listener,
          metrics: {
            ...main.listener.metrics,
            received: { ...main.listener.metrics.received, rotations: 2 },
          },
        },
      },
    },
  ],
  [
    "messages from dialer to listener",
    {
      main: {
        ...main,
        listener: {
          ...main.listener,
          metrics: { ...main.listener.metrics, received: { ...main.dialer.metrics.sent, messages: 1n } },
        },
      },
    },
  ],
  [
    "the listener process left by itself",
    { exits: { ...exits, listener: { code: null, signal: "SIGKILL" } } },
  ],
];

describe("the report of the demonstration", () => {
  it("exits with 0 where everything is as it must be", () => {
    const { exitCode, lines } = verdictOf(checkFacts(goodFacts));
    expect(lines).toEqual([expect.stringMatching(/^All \d+ checks hold\.$/)]);
    expect(exitCode).toBe(0);
  });

  it.each(failures)("exits with 1 and says so where not: %s", (check, change) => {
    const { exitCode, lines } = verdictOf(checkFacts({ ...goodFacts, ...change }));
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatch(/^\d+ of \d+ checks failed:$/);
    expect(lines.slice(1).filter(line => line.startsWith(`  ${check}`))).toHaveLength(1);
  });

  it("exits with 1 where nothing was checked", () => {
    expect(verdictOf([]).exitCode).toBe(1);
  });

  it("ends with a table of what was measured", () => {
    expect(closingTable(goodFacts)).toEqual([
      "  handshake            Noise_IKhfs_25519+MLKEM768_ChaChaPoly_SHA256",
      "                       12.3 ms at the dialer, the first of its process; 12.3 ms later",
      "  file                 67,108,864 bytes in 2.00 s, SHA-256 cccccccccccccccc...",
      "                       32.0 MiB/s, 512 records/s",
      "  dialer to listener   1,034 records, 1,029 messages, 67,108,973 bytes, 3 rotations",
      "  listener to dialer   8 records, 3 messages, 133 bytes, 3 rotations",
      "  refused by listener  1 peer-refused, 2 record-forged, 2 record-replayed",
      "  refused by dialer    1 peer-mismatch, 2 record-forged",
      "",
      "  session  listener's end                dialer's end",
      "  main     closed: peer, normal          closed: local, normal",
      "  tamper   failed: record-forged         truncated: session-truncated",
      "  replay   failed: record-replayed       truncated: session-truncated",
      "  reflect  truncated: session-truncated  failed: record-forged",
      "  cut      truncated: session-truncated  truncated: session-truncated",
    ]);
  });
});
