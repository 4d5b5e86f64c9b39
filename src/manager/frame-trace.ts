import type { Connection, ConnectionEvents, Logger, TraceScope } from "../ports/index.js";
import {
  clearFrameType,
  epochOfRecord,
  frameHeaderLength,
  nonceLength,
  sealedFrameType,
} from "../record/index.js";
import { WrappedConnection } from "./wrapped-connection.js";

/** Where a trace goes, and which frames it shows. */
export interface TraceSink {
  readonly scopes: readonly TraceScope[];
  readonly logger: Logger;
}

const clearNames = namesOf(clearFrameType);
const sealedNames = namesOf(sealedFrameType);

/**
 * A connection whose frames are traced, at level debug: direction, type, length, epoch, the first eight digits of the session's id.
 * Nothing else of a frame is looked at (ATTACKS X45).
 */
export class TracedConnection extends WrappedConnection {
  readonly #sinks: readonly TraceSink[];
  /** The first eight digits of the session's id, from when there is one. */
  readonly #session: () => string | undefined;

  constructor(inner: Connection, sinks: readonly TraceSink[], session: () => string | undefined) {
    super(inner);
    this.#sinks = sinks;
    this.#session = session;
  }

  override start(events: ConnectionEvents): void {
    super.start({
      frame: frame => {
        this.#trace("received", frame);
        events.frame(frame);
      },
      drain: () => events.drain(),
      end: error => events.end(error),
    });
  }

  override write(frame: Uint8Array): boolean {
    this.#trace("sent", frame);
    return super.write(frame);
  }

  #trace(direction: "sent" | "received", frame: Uint8Array): void {
    const scope: TraceScope = clearNames.has(frame[0]!) ? "handshake" : "frames";
    const fields = { direction, ...factsOf(frame), session: this.#session(), remote: this.remote };
    for (const { scopes, logger } of this.#sinks) {
      if (scopes.includes(scope)) logger.debug(fields, "frame");
    }
  }
}

function factsOf(frame: Uint8Array): {
  readonly type: string;
  readonly length: number;
  readonly epoch?: number;
} {
  const { length } = frame;
  const byte = frame[0]!;
  const sealed = sealedNames.get(byte);
  const type = sealed ?? clearNames.get(byte) ?? `unknown ${byte}`;
  if (sealed === undefined || length < frameHeaderLength + nonceLength) return { type, length };
  return { type, length, epoch: epochOfRecord(frame.subarray(frameHeaderLength)) };
}

function namesOf(types: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(types).map(([name, byte]) => [byte, name]));
}
