import { SessionError } from "../errors/index.js";
import type { Clock, Connection, Connector } from "../ports/index.js";
import { abortable, abortedError, follow } from "./abortable.js";
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
  const { controller, unlink } = follow(signal);
  let timedOut = false;
  const cancel = time.wakeups.schedule(time.clock.now().monotonic + time.timeout, () => {
    timedOut = true;
    controller.abort();
  });
  const connecting = (async () => await connector.connect(controller.signal))();
  try {
    return await abortable(connecting, controller.signal);
  } catch (cause) {
    connecting.then(
      late => late.destroy(),
      () => undefined,
    );
    if (signal.aborted) throw abortedError(signal);
    if (!timedOut) throw connectError(connector.remote, cause);
    throw new SessionError(
      "connect-timeout",
      `${connector.remote} has not answered within ${time.timeout} ms.`,
      { cause },
    );
  } finally {
    cancel();
    unlink();
  }
}

/** What a connector threw, as the one kind of error that there is. */
function connectError(remote: string, cause: unknown): SessionError {
  if (SessionError.is(cause)) return cause;
  return new SessionError("connect-failed", `The connector for ${remote} has failed: see the cause.`, {
    cause,
  });
}
