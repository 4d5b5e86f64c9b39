import { SessionError, type ErrorCode } from "../../errors/index.js";
import type { Connection, Connector, Listener } from "../../ports/index.js";
import { check, checkBytes, checkEqual, type ContractCase } from "./check.js";
import { patterned } from "./connection-fixture.js";
import { Recorder } from "./recorder.js";

/** A listener that does not listen yet, and what reaches it. */
export interface Endpoint {
  /** Not listening yet. */
  readonly listener: Listener;
  /** A connector to the address that `listen` returned. */
  readonly connector: (address: string) => Connector;
}

/** What every pair of `Listener` and `Connector` must do, as cases for any test runner. `makeEndpoint` is called for each. */
export function endpointContract(makeEndpoint: () => Endpoint): ContractCase[] {
  return cases.map(({ name, run }) => ({
    name,
    async run() {
      const endpoint = makeEndpoint();
      const open: Connection[] = [];
      try {
        await run(endpoint, open);
      } finally {
        for (const connection of open) connection.destroy();
        await endpoint.listener.close();
      }
    },
  }));
}

interface EndpointCase {
  readonly name: string;
  /** Connections put into `open` are destroyed at the end. */
  readonly run: (endpoint: Endpoint, open: Connection[]) => Promise<void>;
}

const never = (): AbortSignal => new AbortController().signal;

const cases: EndpointCase[] = [
  {
    name: "connects, many at a time, each apart from the others",
    async run({ listener, connector }, open) {
      const address = await listener.listen(connection => {
        open.push(connection);
        connection.start(new Echo(connection));
      });
      const remote = connector(address);
      checkEqual(remote.remote, address, "the connector's remote");
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const connection = await remote.connect(never());
          open.push(connection);
          const recorder = new Recorder();
          connection.start(recorder);
          connection.write(patterned(100 + i, i));
          await recorder.received(1);
          checkBytes(recorder.frames[0], patterned(100 + i, i), `the answer on connection ${i}`);
        }),
      );
    },
  },
  {
    name: "a connection that is cut leaves the others and the listener as they were",
    async run({ listener, connector }, open) {
      const address = await listener.listen(connection => {
        open.push(connection);
        connection.setMaxFrameLength(10);
        connection.start(new Echo(connection));
      });
      const [bad, good, late] = [new Recorder(), new Recorder(), new Recorder()];
      const join = async (recorder: Recorder, length: number): Promise<void> => {
        const connection = await connector(address).connect(never());
        open.push(connection);
        connection.start(recorder);
        connection.write(patterned(length, 1));
      };
      await join(good, 5);
      await join(bad, 11);
      checkEqual((await bad.ended())?.code, "connection-lost", "the bad one's end");
      await join(late, 6);
      await Promise.all([good.received(1), late.received(1)]);
    },
  },
  {
    name: "connecting where nobody listens fails, and says what to do",
    async run({ listener, connector }) {
      const address = await listener.listen(() => undefined);
      await listener.close();
      const error = await failure(connector(address).connect(never()), "connect-failed");
      check(error.message.includes(address), "the message does not name the address");
    },
  },
  {
    name: "an abort before connecting opens nothing",
    async run({ listener, connector }) {
      let taken = 0;
      const address = await listener.listen(() => taken++);
      const reason = new Error("no longer wanted");
      const error = await failure(connector(address).connect(AbortSignal.abort(reason)), "aborted");
      checkEqual(error.cause, reason, "the cause");
      checkEqual(taken, 0, "connections taken");
    },
  },
  {
    name: "an abort while connecting leaves nothing open",
    async run({ listener, connector }, open) {
      const taken: Recorder[] = [];
      const address = await listener.listen(connection => {
        const echo = new Echo(connection);
        open.push(connection);
        taken.push(echo);
        connection.start(echo);
      });
      const controller = new AbortController();
      const connecting = connector(address).connect(controller.signal);
      controller.abort();
      await failure(connecting, "aborted");
      const next = await connector(address).connect(never());
      open.push(next);
      const recorder = new Recorder();
      next.start(recorder);
      next.write(patterned(5, 1));
      await recorder.received(1);
      // Where the far end had been taken before the abort, it ends by itself.
      await Promise.all(taken.slice(0, -1).map(echo => echo.ended()));
    },
  },
  {
    name: "an abort after connecting changes nothing",
    async run({ listener, connector }, open) {
      const address = await listener.listen(connection => {
        open.push(connection);
        connection.start(new Echo(connection));
      });
      const controller = new AbortController();
      const connection = await connector(address).connect(controller.signal);
      open.push(connection);
      controller.abort();
      const recorder = new Recorder();
      connection.start(recorder);
      connection.write(patterned(5, 1));
      await recorder.received(1);
    },
  },
  {
    name: "close takes no more connections, leaves those taken, and frees the address",
    async run({ listener, connector }, open) {
      const take = (connection: Connection): void => {
        open.push(connection);
        connection.start(new Echo(connection));
      };
      const address = await listener.listen(take);
      const connection = await connector(address).connect(never());
      open.push(connection);
      const recorder = new Recorder();
      connection.start(recorder);
      connection.write(patterned(5, 1));
      await recorder.received(1);
      await listener.close();
      await listener.close();
      await failure(connector(address).connect(never()), "connect-failed");
      connection.write(patterned(6, 2));
      await recorder.received(2);
      const again = await listener.listen(take);
      open.push(await connector(again).connect(never()));
    },
  },
  {
    name: "listening twice is refused",
    async run({ listener }) {
      await listener.listen(() => undefined);
      await failure(
        listener.listen(() => undefined),
        "listen-failed",
      );
    },
  },
];

/** Sends back what it gets. */
class Echo extends Recorder {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
  }

  override frame(frame: Uint8Array): void {
    super.frame(frame);
    this.#connection.write(frame);
  }
}

async function failure(promise: Promise<unknown>, code: ErrorCode): Promise<SessionError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  check(SessionError.is(error, code), `${code} was expected, not ${String(error)}`);
  return error;
}
