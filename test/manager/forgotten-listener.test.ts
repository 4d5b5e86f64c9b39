import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import { anyone, Identity, SessionManager } from "../../src/index.js";
import { memoryConnector, memoryListener } from "../../src/transports/memory.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A manager that has had a session over a connector which leaves its listener on the signal, and a weak hold of it. */
async function usedAndClosed(): Promise<WeakRef<SessionManager>> {
  const identity = Identity.generate();
  const server = new SessionManager({ identity });
  const listener = memoryListener();
  await server.accept(listener, { allow: anyone });
  const client = new SessionManager({ identity: Identity.generate() });
  const inner = memoryConnector(listener);
  const session = await client.connect(
    {
      remote: inner.remote,
      connect: signal => {
        signal.addEventListener("abort", () => void client.metrics());
        return inner.connect(signal);
      },
    },
    { peer: identity.id, signal: new AbortController().signal },
  );
  await session.close();
  await Promise.all([client.close(), server.close()]);
  return new WeakRef(client);
}

it("a connector that forgets its listener on the signal keeps no manager alive", async () => {
  const managers = [];
  for (let i = 0; i < 5; i++) managers.push(await usedAndClosed());
  for (let i = 0; i < 20 && managers.some(manager => manager.deref() !== undefined); i++) {
    await turn();
    collect();
  }
  expect(managers.filter(manager => manager.deref() !== undefined)).toHaveLength(0);
});
