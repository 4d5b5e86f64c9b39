import { anyone, Identity, SessionError, SessionManager, type ErrorCode, type Session } from "../../index.js";
import { tcpListener } from "../../transports/tcp.js";
import { Endpoint } from "./endpoint.js";
import { receiveFile } from "./file-receiver.js";
import type { ListenerCalls } from "./process-calls.js";
import { serveCalls } from "./process-server.js";

/** The process that waits for sessions. */
export function serveAsListener(): void {
  const endpoint = new Endpoint();
  const arrivals = new Arrivals(session => {
    endpoint.add(session);
    // Each rotation of the peer is answered by one of this end's.
    session.on("key-rotated", ({ direction }) => {
      if (direction === "received") session.rotateKeys();
    });
  });
  const failures: ErrorCode[] = [];
  endpoint.manager.on("ended", ({ session, end }) => {
    if (session === undefined && end.kind === "failed") failures.push(end.error.code);
  });
  const impostors: SessionManager[] = [];
  const { leave, ...calls } = endpoint.calls();

  serveCalls<ListenerCalls>({
    ...calls,
    listen: async ({ allow }) => {
      const acceptor = await endpoint.manager.accept(tcpListener(), { allow: [allow] });
      void arrivals.follow(acceptor);
      return { address: acceptor.address };
    },
    take: ({ session }) => arrivals.of(session),
    drain: ({ session }) => drain(endpoint.session(session)),
    receiveFile: ({ session, path }) => receiveFile(endpoint.session(session), path),
    handshakeFailures: () => failures,
    impersonate: async () => {
      const manager = new SessionManager({ identity: Identity.generate() });
      impostors.push(manager);
      const acceptor = await manager.accept(tcpListener(), { allow: anyone });
      return { address: acceptor.address };
    },
    leave: async () => {
      for (const manager of impostors) await manager.close();
      await leave(undefined);
    },
  });
}

async function drain(session: Session): Promise<string[]> {
  const texts: string[] = [];
  try {
    for await (const message of session) texts.push(message.text());
  } catch (error) {
    // How it ended is asked for by itself.
    if (!SessionError.is(error)) throw error;
  }
  return texts;
}

/** Sessions as they are accepted, for whoever waits for one of them. */
class Arrivals {
  readonly #onArrival: (session: Session) => void;
  readonly #arrived = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  constructor(onArrival: (session: Session) => void) {
    this.#onArrival = onArrival;
  }

  async follow(sessions: AsyncIterable<Session>): Promise<void> {
    for await (const session of sessions) {
      this.#onArrival(session);
      this.#arrived.add(session.id);
      this.#waiting.get(session.id)?.();
    }
  }

  async of(id: string): Promise<void> {
    if (this.#arrived.has(id)) return;
    await new Promise<void>(resolve => this.#waiting.set(id, resolve));
  }
}
