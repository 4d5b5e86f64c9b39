import type { AttackFacts, DemoFacts, SessionFacts } from "./demo-facts.js";
import type { Meddling } from "./meddling-proxy.js";
import type { EndReport, OpenReport } from "./process-calls.js";

/** Something that must be so. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  /** What was found. */
  readonly found: string;
}

/** Rotations of each direction of the main session: one asked for, one amid the file, one before the courier. */
export const rotations = 3;

/** How a session must end that somebody has meddled with, and what of the message must have arrived. */
const expected: Readonly<
  Record<Meddling, { readonly listener: string; readonly dialer: string; readonly copies: number }>
> = {
  tamper: { listener: "failed: record-forged", dialer: "truncated: session-truncated", copies: 0 },
  replay: { listener: "failed: record-replayed", dialer: "truncated: session-truncated", copies: 1 },
  reflect: { listener: "truncated: session-truncated", dialer: "failed: record-forged", copies: 0 },
  cut: { listener: "truncated: session-truncated", dialer: "truncated: session-truncated", copies: 0 },
};

/** Everything that must be true of a demonstration, checked. */
export function checkFacts(facts: DemoFacts): Check[] {
  const { main, file, courier, stranger, impostor, wire, exits, fileBytes } = facts;
  const { sent, received } = file;
  return [
    is("the handshake was hybrid, with the listener's key known before", main.suite, "IKhfs"),
    ...facts.talk.map(({ said, heard }) => is(`"${said}" arrived as it was said`, heard ?? "nothing", said)),
    is("the whole file went out", sent.bytes, fileBytes),
    is("the whole file came in", received.bytes, fileBytes),
    is("the listener's file has the dialer's SHA-256", received.sha256, sent.sha256),
    is("the listener said so through the session", sent.answered.sha256, sent.sha256),
    ...rotationChecks(main),
    is("a tampered bare record was refused", shown(courier.tampered), "refused: record-forged"),
    is("the genuine one then opened", shown(courier.genuine), `opened: ${courier.text}`),
    is("it opened once only", shown(courier.replayed), "refused: record-replayed"),
    is("its own sealer does not open it", shown(courier.reflected), "refused: record-forged"),
    ...facts.attacks.flatMap(attackChecks),
    is("a stranger was refused", stranger.told ?? "let in", "handshake-failed"),
    is("the listener knows why", stranger.reasons.join(", "), "peer-refused"),
    is("an impostor was refused", impostor ?? "believed", "peer-mismatch"),
    is("nothing on the wire was readable", wire.sawPlaintext ? "plaintext" : "none", "none"),
    is("the dialer closed the session", ending(main.dialer.end), "closed: local, normal"),
    is("the listener was told of the end", ending(main.listener.end), "closed: peer, normal"),
    ...countChecks(main),
    is("the dialer process left by itself", exits.dialer.code ?? exits.dialer.signal ?? "never", 0),
    is("the listener process left by itself", exits.listener.code ?? exits.listener.signal ?? "never", 0),
  ];
}

function attackChecks({ meddling, sent, delivered, dialer, listener }: AttackFacts): Check[] {
  const must = expected[meddling];
  const copies = delivered.filter(text => text === sent).length;
  return [
    is(`${meddling}: how the listener's session ended`, ending(listener.end), must.listener),
    is(`${meddling}: how the dialer's session ended`, ending(dialer.end), must.dialer),
    is(`${meddling}: messages delivered`, delivered.length, must.copies),
    is(`${meddling}: of them as they were sent`, copies, must.copies),
  ];
}

function rotationChecks({ dialer, listener }: SessionFacts): Check[] {
  return [
    is("the dialer has rotated its key", dialer.metrics.sent.rotations, rotations),
    is("the listener has followed", listener.metrics.received.rotations, rotations),
    is("the listener has rotated its key", listener.metrics.sent.rotations, rotations),
    is("the dialer has followed", dialer.metrics.received.rotations, rotations),
  ];
}

/** What one end counted as sent, the other counted as received. */
function countChecks({ dialer, listener }: SessionFacts): Check[] {
  return (["messages", "bytes", "records"] as const).flatMap(count => [
    is(
      `${count} from dialer to listener: received and sent`,
      listener.metrics.received[count],
      dialer.metrics.sent[count],
    ),
    is(
      `${count} from listener to dialer: received and sent`,
      dialer.metrics.received[count],
      listener.metrics.sent[count],
    ),
  ]);
}

/** An end in a few words; the same for the table and the checks. */
export function ending(end: EndReport | undefined): string {
  if (end === undefined) return "not ended";
  return end.kind === "closed" ? `closed: ${end.by}, ${end.reason}` : `${end.kind}: ${end.code}`;
}

function shown(report: OpenReport): string {
  return "text" in report ? `opened: ${report.text}` : `refused: ${report.refused}`;
}

function is<Value extends string | number | bigint>(name: string, found: Value, wanted: Value): Check {
  const holds = found === wanted;
  return { name, holds, found: holds ? `${found}` : `${found}, must be ${wanted}` };
}
