import { SessionError } from "../errors/index.js";
import type { Connection, Diagnostics, DiagnosticsChannel, Logger, TraceScope } from "../ports/index.js";
import { TracedConnection, type TraceSink } from "./frame-trace.js";
import type { ManagerEvent } from "./manager-event.js";

type Level = keyof Logger;

/** How each event is written into a log; `message-received` is not: the trace of frames shows it. */
const levels: Readonly<Record<ManagerEvent["type"], Level | undefined>> = {
  established: "info",
  resumed: "info",
  restored: "info",
  fenced: "warn",
  "message-received": undefined,
  "key-rotated": "debug",
  "epoch-advanced": "debug",
  "near-expiry": "warn",
  renewed: "info",
  expired: "warn",
  rejected: "warn",
  quarantined: "error",
  ended: "info",
  lost: "error",
  "connection-refused": "warn",
};

/** The channel of each event. */
export const channelNames: Readonly<Record<ManagerEvent["type"], string>> = {
  established: "bowline:session:established",
  resumed: "bowline:session:resumed",
  restored: "bowline:session:restored",
  fenced: "bowline:session:fenced",
  "message-received": "bowline:session:message-received",
  "key-rotated": "bowline:session:key-rotated",
  "epoch-advanced": "bowline:session:epoch-advanced",
  "near-expiry": "bowline:session:near-expiry",
  renewed: "bowline:session:renewed",
  expired: "bowline:session:expired",
  rejected: "bowline:session:rejected",
  quarantined: "bowline:session:quarantined",
  ended: "bowline:session:ended",
  lost: "bowline:durable:lost",
  "connection-refused": "bowline:connection:refused",
};

export interface TelemetryOptions {
  /** The application's. */
  readonly logger?: Logger | undefined;
  /** Which frames are traced into it. */
  readonly trace?: readonly TraceScope[] | undefined;
}

/**
 * What a manager shows to those who look inside: the application's logger, what `BOWLINE_DEBUG` asks for, the platform's channels. No
 * secret and no plaintext reaches any of them (ATTACKS X45); where nobody looks, nothing is built.
 */
export class Telemetry {
  readonly #sinks: readonly TraceSink[];
  readonly #channels: ReadonlyMap<ManagerEvent["type"], DiagnosticsChannel>;

  constructor(diagnostics: Diagnostics, { logger, trace = [] }: TelemetryOptions) {
    const sinks = [diagnostics.requested()];
    if (logger !== undefined) sinks.push({ scopes: trace, logger });
    this.#sinks = sinks
      .filter(sink => sink !== undefined)
      .map(({ scopes, logger }) => ({ scopes, logger: harmlessLogger(logger) }));
    this.#channels = new Map(
      Object.entries(channelNames).map(([type, name]) => [
        type as ManagerEvent["type"],
        diagnostics.channel(name),
      ]),
    );
  }

  /** Whether an event of this type would be seen: if not, it need not be built. */
  watches(type: ManagerEvent["type"]): boolean {
    if (this.#channels.get(type)!.hasSubscribers) return true;
    return this.#sinks.length > 0 && levels[type] !== undefined;
  }

  event(event: ManagerEvent): void {
    const channel = this.#channels.get(event.type)!;
    if (channel.hasSubscribers) channel.publish(event);
    const level = event.type === "ended" && event.end.kind !== "closed" ? "warn" : levels[event.type];
    if (level === undefined || this.#sinks.length === 0) return;
    const fields = fieldsOf(event);
    for (const { logger } of this.#sinks) logger[level](fields, event.type);
  }

  /** `onError`, logged as well; what it throws harms nobody. */
  reporting(onError: ((error: unknown) => void) | undefined): (error: unknown) => void {
    return error => {
      this.#error(error);
      try {
        onError?.(error);
      } catch {
        // It was the last resort.
      }
    };
  }

  /** `connection`, with its frames traced where somebody wants to see them. `session`: the session's id, from when there is one. */
  traced(connection: Connection, session: () => string | undefined): Connection {
    const sinks = this.#sinks.filter(({ scopes }) => scopes.length > 0);
    return sinks.length === 0
      ? connection
      : new TracedConnection(connection, sinks, () => shortId(session()));
  }

  /** What others than the library throw may hold anything: of that, the name only. */
  #error(error: unknown): void {
    const fields = SessionError.is(error)
      ? { code: error.code, error: error.message }
      : { error: error instanceof Error ? error.name : typeof error };
    for (const { logger } of this.#sinks) logger.error(fields, "application or store failed");
  }
}

/** Names and numbers of an event, flat. */
function fieldsOf(event: ManagerEvent): object {
  const { type: _type, at: _at, session, ...rest } = event;
  const common = { session: shortId(session), remote: event.remote };
  if (event.type === "renewed" || event.type === "resumed")
    return { ...common, from: shortId(event.from), to: shortId(event.to) };
  if (event.type !== "ended") return { ...common, ...rest };
  const { end } = event;
  const error = "error" in end ? { code: end.error.code, error: end.error.message } : {};
  const closed = end.kind === "closed" ? { by: end.by } : {};
  const reason = "reason" in end ? { reason: end.reason } : {};
  return { ...common, kind: end.kind, ...closed, ...reason, ...error };
}

function shortId(id: string | undefined): string | undefined {
  return id?.slice(0, 8);
}

/** `logger`, so that what it throws harms no session: there is nobody left to tell. */
function harmlessLogger(logger: Logger): Logger {
  const level =
    (name: Level) =>
    (fields: object, message: string): void => {
      try {
        logger[name](fields, message);
      } catch {
        // It was the one to tell.
      }
    };
  return { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") };
}
