import type { Connection, Listener } from "../ports/index.js";
import { abortable, abortedError } from "./abortable.js";

/**
 * Begins to listen; the result says where. A listener that is ready too late is closed.
 *
 * @throws listen-failed, aborted
 */
export async function listen(
  listener: Listener,
  take: (connection: Connection) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (signal?.aborted === true) throw abortedError(signal);
  const listening = listener.listen(take);
  try {
    return await abortable(listening, signal);
  } catch (error) {
    // Where it is the listener that has failed, there is nothing to close.
    listening.then(
      () => listener.close(),
      () => undefined,
    );
    throw error;
  }
}
