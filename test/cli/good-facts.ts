import type { AttackFacts, DemoFacts, EndFacts } from "../../src/cli/demo/demo-facts.js";
import type { Meddling } from "../../src/cli/demo/meddling-proxy.js";
import type { EndReport } from "../../src/cli/demo/process-calls.js";
import type { DirectionMetrics, ErrorCode } from "../../src/index.js";

const direction = (records: bigint, bytes: bigint): DirectionMetrics => ({
  messages: records - 5n,
  bytes,
  records,
  rotations: 3,
});

function end(
  report: EndReport,
  [sent, received]: readonly [DirectionMetrics, DirectionMetrics],
  refused: Partial<Record<ErrorCode, number>> = {},
): EndFacts {
  return {
    end: report,
    metrics: {
      createdAt: 0,
      lastActivity: 0,
      handshakeDuration: 12.34,
      sent,
      received,
      generations: 0,
      renewals: 0,
      resumptions: 0,
      refused,
    },
  };
}

const forward = direction(1_034n, 67_108_973n);
const backward = direction(8n, 133n);
const truncated = { kind: "truncated", code: "session-truncated" } as const;
const failed = (code: ErrorCode): EndReport => ({ kind: "failed", code });

function attack(
  meddling: Meddling,
  listener: EndReport,
  dialer: EndReport,
  delivered: string[],
): AttackFacts {
  const counts = [forward, backward] as const;
  const refusals = (report: EndReport): Partial<Record<ErrorCode, number>> =>
    report.kind === "failed" ? { [report.code]: 1 } : {};
  return {
    id: "b".repeat(64),
    suite: "IKhfs",
    meddling,
    sent: "text",
    delivered,
    listener: end(listener, counts, refusals(listener)),
    dialer: end(dialer, counts, refusals(dialer)),
  };
}

/** What a demonstration finds where everything is as it must be. */
export const goodFacts: DemoFacts = {
  fileBytes: 67_108_864,
  main: {
    id: "a".repeat(64),
    suite: "IKhfs",
    dialer: end({ kind: "closed", by: "local", reason: "normal" }, [forward, backward], {
      "record-forged": 1,
    }),
    listener: end({ kind: "closed", by: "peer", reason: "normal" }, [backward, forward], {
      "record-forged": 1,
      "record-replayed": 1,
    }),
  },
  talk: [{ said: "hello", heard: "hello" }],
  file: {
    sent: {
      bytes: 67_108_864,
      sha256: "c".repeat(64),
      answered: { bytes: 67_108_864, sha256: "c".repeat(64) },
      records: 1_024,
      duration: 2_000,
    },
    received: { bytes: 67_108_864, sha256: "c".repeat(64) },
  },
  courier: {
    text: "pay",
    tampered: { refused: "record-forged" },
    genuine: { text: "pay" },
    replayed: { refused: "record-replayed" },
    reflected: { refused: "record-forged" },
  },
  attacks: [
    attack("tamper", failed("record-forged"), truncated, []),
    attack("replay", failed("record-replayed"), truncated, ["text"]),
    attack("reflect", truncated, failed("record-forged"), []),
    attack("cut", truncated, truncated, []),
  ],
  wire: { frames: 28, sawPlaintext: false },
  stranger: { told: "handshake-failed", reasons: ["peer-refused"] },
  impostor: "peer-mismatch",
  exits: { dialer: { code: 0, signal: null }, listener: { code: 0, signal: null } },
};
