import type { EndReport, ProcessEvent } from "./process-calls.js";

/** What a person reads of an event; undefined for those that are shown in another way. */
export function eventLine(event: ProcessEvent): string | undefined {
  switch (event.type) {
    case "established":
      return `session ${short(event.session)} is up, suite ${event.suite}: ${short(event.peer)} has proven its key`;
    case "followed":
      return `the peer's records are under epoch ${event.epoch} now: the older key is erased`;
    case "refused":
      return `refuses it: ${event.cause}`;
    case "ended":
      return `session ${short(event.session)} ${endLine(event.end)}`;
    case "handshake-failed":
      return `gives the handshake up: ${event.code}`;
    case "file-progress":
      return undefined;
  }
}

function endLine(end: EndReport): string {
  if (end.kind === "closed")
    return end.by === "local"
      ? `closes: ${end.reason}`
      : `is closed: the peer has announced it (${end.reason})`;
  return end.kind === "failed"
    ? `is over: on a stream, the first refused frame ends it (${end.code})`
    : `is cut off: nobody had announced an end (${end.code})`;
}

/** The beginning of an id, enough to tell two from each other. */
export function short(id: string): string {
  return id.slice(0, 8);
}
