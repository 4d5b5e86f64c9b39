import { inspect } from "node:util";
import { SessionError } from "../../src/errors/index.js";
import type { Connection, Listener } from "../../src/ports/index.js";

/** Listens; gives the address, and the connections that are taken, in order. What is to be released at the end goes to `cleanUp`. */
export async function listenWith<Kind extends Listener>(listener: Kind, cleanUp: (() => unknown)[]) {
  const taken: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  const address = await listener.listen(connection => {
    const wait = waiting.shift();
    if (wait === undefined) taken.push(connection);
    else wait(connection);
    cleanUp.push(() => connection.destroy());
  });
  cleanUp.push(() => listener.close());
  const next = (): Promise<Connection> => {
    const connection = taken.shift();
    return connection === undefined
      ? new Promise(resolve => waiting.push(resolve))
      : Promise.resolve(connection);
  };
  return { listener, address, next };
}

/** The SessionError by which `promise` fails. */
export async function failure(promise: Promise<unknown>): Promise<SessionError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!SessionError.is(error)) throw new Error(`expected a SessionError, not ${inspect(error)}`);
  return error;
}
