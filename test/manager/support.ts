import { afterEach } from "vitest";
import type { DhKeyPair } from "../../src/crypto/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import type { SessionError } from "../../src/errors/index.js";
import { anyone, Identity, SessionManager, type SessionManagerOptions } from "../../src/manager/index.js";
import type { Connection, Connector } from "../../src/ports/index.js";
import {
  defaultKeyPolicy,
  defaultLimits,
  SessionMachine,
  type SessionMachineOptions,
  type SessionOutput,
} from "../../src/session/index.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { memoryConnector, memoryListener, type MemoryListener } from "../../src/transports/memory.js";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Lets everything happen that waits for no timer. */
export async function settle(turns = 12): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve));
}

/** Lets `milliseconds` pass in steps of a second, with time for what each step leads to. */
export async function pass(clock: FakeClock, milliseconds: number): Promise<void> {
  await settle();
  for (let left = milliseconds; left > 0; left -= 1000) {
    clock.advance(Math.min(left, 1000));
    await settle(2);
  }
  await settle();
}

export interface Endpoint {
  readonly identity: Identity;
  readonly manager: SessionManager;
  readonly clock: FakeClock;
}

/** A manager on a clock of its own, closed after the test. */
export function endpoint(options: Partial<SessionManagerOptions> & { clock?: FakeClock } = {}): Endpoint {
  const identity = options.identity ?? Identity.generate();
  const clock = options.clock ?? new FakeClock();
  const manager = new SessionManager({ ...options, identity, clock });
  cleanups.push(async () => {
    const closing = manager.close();
    await settle(4);
    await pass(clock, 11_000);
    await closing;
  });
  return { identity, manager, clock };
}

/** Two managers, one of which listens in memory. */
export async function duo(
  options: { a?: Partial<SessionManagerOptions>; b?: Partial<SessionManagerOptions> } = {},
) {
  const clock = new FakeClock();
  const a = endpoint({ clock, ...options.a } as never);
  const b = endpoint({ clock, ...options.b } as never);
  const listener = memoryListener();
  const acceptor = await b.manager.accept(listener, { allow: anyone });
  const connector = memoryConnector(listener);
  const join = async () => {
    const [alice, bob] = await Promise.all([
      a.manager.connect(connector, { peer: b.identity.id }),
      acceptor.next(),
    ]);
    return { alice, bob: bob! };
  };
  return { a, b, clock, listener, acceptor, connector, join };
}

/** A connector to a connection that the test has in its hand. */
export function connectorTo(connection: Connection): Connector {
  return { remote: connection.remote, connect: () => Promise.resolve(connection) };
}

/** The bare far end of a connection: what arrives is noted, nothing is answered. */
export class BareEnd {
  readonly connection: Connection;
  readonly frames: Uint8Array[] = [];
  ended = false;
  error: SessionError | undefined;
  onFrame: ((frame: Uint8Array) => void) | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.start({
      frame: frame => {
        this.frames.push(frame);
        this.onFrame?.(frame);
      },
      drain: () => undefined,
      end: error => {
        this.ended = true;
        this.error = error;
      },
    });
  }

  static async to(listener: MemoryListener): Promise<BareEnd> {
    return new BareEnd(await listener.connect(new AbortController().signal));
  }
}

/** A peer in the test's hand: a machine over a bare end, which does what the test says, well or not. */
export class HandPeer {
  readonly machine: SessionMachine;
  readonly end: BareEnd;
  readonly messages: Uint8Array[] = [];
  /** Whether it takes what arrives. */
  listening = true;

  constructor(
    connection: Connection,
    identity: DhKeyPair,
    options: Partial<SessionMachineOptions> & Pick<SessionMachineOptions, "role">,
  ) {
    this.machine = new SessionMachine(
      {
        provider: nodeProvider,
        random: nodeProvider.random,
        identity,
        floor: "hybrid",
        prefer: "hybrid",
        delivery: connection.delivery,
        handshakeTimeout: 20_000,
        grace: 5000,
        limits: defaultLimits,
        keyPolicy: defaultKeyPolicy,
        autoRenew: true,
        ...options,
      },
      now,
    );
    this.end = new BareEnd(connection);
    this.end.onFrame = frame => {
      if (!this.listening) return;
      this.machine.receive(frame, now);
      this.flush();
    };
    this.flush();
  }

  flush(): void {
    for (let outputs = this.machine.takeOutputs(); outputs.length > 0; outputs = this.machine.takeOutputs())
      for (const output of outputs) this.#put(output);
  }

  #put(output: SessionOutput): void {
    if (output.kind === "frame") this.end.connection.write(output.frame);
    if (output.kind === "message") this.messages.push(output.plaintext);
    if (output.kind === "authorize") this.machine.authorize(true, now);
  }
}

const now = { wall: 0, monotonic: 0 };
