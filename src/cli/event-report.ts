import type { ManagerEvent, SessionManager } from "../index.js";
import { fingerprintOf } from "./fingerprint.js";

type SessionEnd = Extract<ManagerEvent, { type: "ended" }>["end"];

/** What a person reads of an event. */
export function eventText(event: ManagerEvent): string {
  return `${event.session === undefined ? `(${event.remote})` : event.session.slice(0, 8)} ${what(event)}`;
}

function what(event: ManagerEvent): string {
  switch (event.type) {
    case "established":
      return `established with ${event.peer.slice(0, 8)} (${fingerprintOf(event.peer)}) at ${event.remote}, suite ${event.suite}`;
    case "resumed":
      return `goes on with what session ${event.from.slice(0, 8)} was`;
    case "restored":
      return `carries on without a handshake, as ${event.by === "local" ? "this end" : "the peer"} has asked`;
    case "fenced":
      return "was taken over by another process of the same store";
    case "message-received":
      return `received a message of ${event.bytes} bytes`;
    case "key-rotated":
      return `moved to epoch ${event.epoch} (${event.direction})`;
    case "epoch-advanced":
      return `has fresh secrets in its keys: generation ${event.generation}`;
    case "near-expiry":
      return `nears the limit ${event.reason}: ${event.left} left`;
    case "renewed":
      return `was renewed: it goes on as ${event.to.slice(0, 8)}`;
    case "expired":
      return `has reached the limit ${event.reason}`;
    case "rejected":
      return `refused ${event.cause} (${event.count} so far)`;
    case "quarantined":
      return `is quarantined: the state of ${whose(event.regression?.whose)} was put back or cloned`;
    case "ended":
      return endText(event.end);
    case "lost":
      return `durable messages lost, ${event.direction}: ${event.incarnation.slice(0, 8)}:${event.first} to ${event.last} (${event.cause})`;
    case "connection-refused":
      return `connection refused: ${event.cause} (${event.count} so far)`;
  }
}

function whose(end: "own" | "peer" | undefined): string {
  if (end === undefined) return "one end";
  return end === "own" ? "this end" : "the peer";
}

/** How a session ended, for a person. */
export function endText(end: SessionEnd): string {
  switch (end.kind) {
    case "closed":
      return `ended: closed by ${end.by === "local" ? "this end" : "the peer"} (${end.reason})`;
    case "expired":
      return `ended: expired (${end.reason})`;
    case "quarantined":
      return `ended: quarantined by ${end.by === "local" ? "this end" : "the peer"}`;
    case "fenced":
      return "ended: another process has taken it over";
    case "truncated":
      return `was cut: ${end.error.message}`;
    case "failed":
      return `failed: ${end.error.message}`;
  }
}

/** The event as JSON shows it. */
export function eventFacts(event: ManagerEvent): object {
  const { type, at, ...rest } = event;
  return { event: type, at: new Date(at).toISOString(), ...rest };
}

/** Prints every event of the manager on standard error, until it is closed. */
export function printEvents(manager: SessionManager, json: boolean): void {
  const print = async (): Promise<void> => {
    for await (const event of manager.events()) {
      const time = new Date(event.at).toISOString().slice(11, 23);
      process.stderr.write(
        json ? `${JSON.stringify(eventFacts(event))}\n` : `bowline: ${time} ${eventText(event)}\n`,
      );
    }
  };
  print().catch(() => undefined);
}
