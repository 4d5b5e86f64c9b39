import { concat } from "../bytes/index.js";
import type { SessionError } from "../errors/index.js";
import { appendPiece, streamCode, type Stream } from "../streams/index.js";

/** What happens to the stream of a request, at either end. */
export interface RequestStreamEvents {
  /** All that the other end has to say has come. */
  received(bytes: Uint8Array): void;
  /** It has more to say than `limit`. */
  tooLong(): void;
  /** The other end has given up, or the session has ended; told once, after `received` too. */
  failed(error: SessionError): void;
}

/** Collects what comes on the stream of a request, up to `limit` bytes. */
export function collect(stream: Stream, limit: number, events: RequestStreamEvents): void {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let received = false;
  let over = false;
  const readable = (): void => {
    if (over) return;
    for (let piece = stream.read(); piece !== undefined && !over; piece = stream.read()) {
      appendPiece(pieces, piece);
      length += piece.length;
      if (length <= limit) continue;
      over = true;
      pieces = [];
      return events.tooLong();
    }
    const outcome = stream.readOutcome;
    if (outcome?.error !== undefined) return fail(outcome.error);
    if (outcome !== undefined && !received) {
      received = true;
      const bytes = concat(...pieces);
      pieces = [];
      events.received(bytes);
    }
  };
  const fail = (error: SessionError): void => {
    if (over) return;
    over = true;
    pieces = [];
    events.failed(error);
  };
  stream.listener = {
    readable,
    writable: () => {
      // Before all has come, this end's direction may be stopped: what the other end has to say still counts.
      const error = stream.writeOutcome?.error;
      if (received && error !== undefined) fail(error);
    },
    over: () => undefined,
  };
  readable();
}

/** Says `bytes` and no more, and listens no more. A stream that is over meanwhile is nobody's fault. */
export function conclude(stream: Stream, bytes: Uint8Array): void {
  if (stream.writeOutcome !== undefined) return;
  stream.write(bytes);
  stream.end();
  stream.stop(streamCode.cancelled);
}
