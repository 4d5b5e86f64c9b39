import type { EndFacts, SessionFacts } from "./demo-facts.js";
import type { SessionOpened } from "./process-calls.js";
import type { EndProcess, Stage } from "./stage.js";

/** Milliseconds within which a session ends that must. */
const endWait = 10_000;

/** A session after its end, as both ends saw it. */
export async function sessionFacts(
  { dialer, listener }: Stage,
  { session, suite }: SessionOpened,
): Promise<SessionFacts> {
  const facts = async (process: EndProcess): Promise<EndFacts> => ({
    end: await process.call("ended", { session, wait: endWait }),
    metrics: await process.call("metrics", { session }),
  });
  const [dialerEnd, listenerEnd] = await Promise.all([facts(dialer), facts(listener)]);
  return { id: session, suite, dialer: dialerEnd, listener: listenerEnd };
}
