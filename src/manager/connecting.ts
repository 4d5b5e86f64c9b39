import { SessionError } from "../errors/index.js";
import type { Clock, Connection, Connector } from "../ports/index.js";
import { abortable, abortedError } from "./abortable.js";
import type { Wakeups } from "./wakeups.js";

/** How long, and by which clock, a connector may take. */
export interface ConnectTime {
  readonly clock: Clock;
  readonly wakeups: Wakeups;
  /** Milliseconds. */
  readonly timeout: number;
}

/**
 * Makes a connection. One that comes too late is ended.
 *
 * @throws connect-failed, connect-timeout, aborted; what else a SessionError of the connector says
 */
export async function reach(
  connector: Connector,
  signal: AbortSignal,
  time: ConnectTime,
): Promise<Connection> {
  const timeout = new AbortController();
  const cancel = time.wakeups.schedule(time.clock.now().monotonic + time.timeout, () => timeout.abort());
  const abort = AbortSignal.any([signal, timeout.signal]);
  const connecting = (async () => await connector.connect(abort))();
  try {
    return await abortable(connecting, abort);
  } catch (cause) {
    connecting.then(
      late => late.destroy(),
      () => undefined,
    );
    if (signal.aborted) throw abortedError(signal);
    if (!timeout.signal.aborted) throw connectError(connector.remote, cause);
    throw new SessionError(
      "connect-timeout",
      `${connector.remote} has not answered within ${time.timeout} ms.`,
      { cause },
    );
  } finally {
    cancel();
  }
}

/** What a connector threw, as the one kind of error that there is. */
function connectError(remote: string, cause: unknown): SessionError {
  if (SessionError.is(cause)) return cause;
  return new SessionError("connect-failed", `The connector for ${remote} has failed: see the cause.`, {
    cause,
  });
}
