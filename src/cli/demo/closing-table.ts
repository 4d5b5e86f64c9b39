import type { DirectionMetrics, ErrorCode } from "../../index.js";
import { ending } from "./checks.js";
import type { DemoFacts, EndFacts } from "./demo-facts.js";
import { protocolName } from "./protocol-name.js";

type Row = readonly [name: string, ...values: readonly string[]];

const count = new Intl.NumberFormat("en");

/** The closing table: what was measured. */
export function closingTable(facts: DemoFacts): string[] {
  const { main, file } = facts;
  const { dialer, listener } = main;
  const { bytes, duration, records } = file.sent;
  const seconds = duration / 1000;
  const rows: Row[] = [
    ["handshake", protocolName(main.suite)],
    ["", `${milliseconds(dialer)} at the dialer, the first of its process; ${laterHandshakes(facts)}`],
    [
      "file",
      `${count.format(bytes)} bytes in ${seconds.toFixed(2)} s, SHA-256 ${file.received.sha256.slice(0, 16)}...`,
    ],
    [
      "",
      `${(bytes / 2 ** 20 / seconds).toFixed(1)} MiB/s, ${count.format(Math.round(records / seconds))} records/s`,
    ],
    ["dialer to listener", directionLine(dialer.metrics.sent)],
    ["listener to dialer", directionLine(listener.metrics.sent)],
    ["refused by listener", refusalLine(facts, "listener")],
    ["refused by dialer", refusalLine(facts, "dialer")],
  ];
  const ends: Row[] = [
    ["session", "listener's end", "dialer's end"],
    ...[{ meddling: "main", dialer, listener }, ...facts.attacks].map((session): Row => [
      session.meddling,
      ending(session.listener.end),
      ending(session.dialer.end),
    ]),
  ];
  return [...aligned(rows), "", ...aligned(ends)];
}

/** How long the later ones took, when the engine had compiled the code. */
function laterHandshakes({ attacks }: DemoFacts): string {
  const sorted = [...attacks].sort((a, b) => handshakeDuration(a.dialer) - handshakeDuration(b.dialer));
  const median = sorted[sorted.length >> 1];
  return median === undefined ? "no others" : `${milliseconds(median.dialer)} later`;
}

function handshakeDuration({ metrics }: EndFacts): number {
  return metrics.handshakeDuration ?? 0;
}

function milliseconds({ metrics }: EndFacts): string {
  return `${metrics.handshakeDuration?.toFixed(1) ?? "?"} ms`;
}

function directionLine({ records, messages, bytes, rotations }: DirectionMetrics): string {
  const [r, m, b] = [records, messages, bytes].map(number => count.format(number));
  return `${r} records, ${m} messages, ${b} bytes, ${rotations} rotations`;
}

/** All that one end refused, by cause: in every session, and at handshakes that came to none. */
function refusalLine(facts: DemoFacts, end: "dialer" | "listener"): string {
  const causes = new Map<ErrorCode, number>();
  const add = (cause: ErrorCode, times: number): unknown =>
    causes.set(cause, (causes.get(cause) ?? 0) + times);
  for (const session of [facts.main, ...facts.attacks]) {
    for (const [cause, times] of Object.entries(session[end].metrics.refused)) add(cause as ErrorCode, times);
  }
  if (end === "listener") for (const cause of facts.stranger.reasons) add(cause, 1);
  else if (facts.impostor !== undefined) add(facts.impostor, 1);
  const parts = [...causes].sort().map(([cause, times]) => `${times} ${cause}`);
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function aligned(rows: readonly Row[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]! + 2)).join("")}`.trimEnd(),
  );
}
