import { maxHandshakeFrameLength } from "../attach/index.js";
import { SessionError } from "../errors/index.js";
import type { Clock, Connection } from "../ports/index.js";
import { isTold } from "../session/index.js";
import type { Acceptor } from "./acceptor.js";
import type { PeerInfo } from "./accept-policy.js";
import type { HandshakeGate, RefusalCause } from "./handshake-gate.js";
import type { ConnectionRefused } from "./manager-event.js";
import type { Openings } from "./openings.js";
import type { Session } from "./session.js";
import type { Turns } from "./turns.js";

type Policy = (peer: PeerInfo) => boolean | Promise<boolean>;

export interface ReceptionParts {
  readonly gate: HandshakeGate;
  readonly clock: Clock;
  readonly turns: Turns | undefined;
  readonly openings: Openings;
  readonly onRefused: (event: ConnectionRefused, remote: string) => void;
}

/** Takes the connections that come to this end: lets them in or drops them, and hands over the sessions that come of them. */
export class Reception {
  readonly #parts: ReceptionParts;
  readonly #refused = new Map<RefusalCause, number>();
  #closed = false;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  /** Handshakes of callers, under way. */
  get handshakes(): number {
    return this.#parts.gate.inside;
  }

  /** Connections that were dropped before any handshake, by cause. */
  get refused(): Readonly<Partial<Record<RefusalCause, number>>> {
    return Object.fromEntries(this.#refused);
  }

  get refusedTotal(): number {
    let total = 0;
    for (const count of this.#refused.values()) total += count;
    return total;
  }

  /** Drops whatever comes from now on. */
  close(): void {
    this.#closed = true;
  }

  take(connection: Connection, policy: Policy, acceptor: Acceptor): void {
    const entry = this.#enter(connection);
    // Without an error, which nobody would see: a flood of strangers costs as little as it can.
    if (typeof entry === "string") return this.#drop(connection, entry);
    this.#open(connection, entry, policy).then(
      session => {
        if (!acceptor.offer(session)) void session.close("going-away");
      },
      // The events tell of it; whoever called has been told in the handshake, or may not know.
      () => undefined,
    );
  }

  /** @throws handshake-limit, session-closed, and as `openSession`; the connection has been ended then */
  async admit(connection: Connection, policy: Policy, signal?: AbortSignal): Promise<Session> {
    const entry = this.#enter(connection);
    if (typeof entry === "string") throw this.#refuse(connection, entry);
    return this.#open(connection, entry, policy, signal);
  }

  /** What is called when the handshake is over, or why there is none. */
  #enter(connection: Connection): (() => void) | RefusalCause {
    const { gate, clock } = this.#parts;
    // At once: the first frame may be on its way already, and a handshake may have to wait for its turn.
    connection.setMaxFrameLength(maxHandshakeFrameLength);
    return this.#closed ? "closing" : gate.enter(connection.remote, clock.now().monotonic);
  }

  async #open(
    connection: Connection,
    leave: () => void,
    policy: Policy,
    signal?: AbortSignal,
  ): Promise<Session> {
    const { turns, openings } = this.#parts;
    try {
      if (turns !== undefined) await new Promise<void>(resolve => turns.handshakeBegins(resolve));
      if (this.#closed) throw this.#refuse(connection, "closing");
      return await openings.attempt(signal, abort =>
        openings.open({ role: "responder", connection, policy, signal: abort }),
      );
    } finally {
      leave();
    }
  }

  #drop(connection: Connection, cause: RefusalCause): void {
    const { remote } = connection;
    connection.destroy();
    const count = (this.#refused.get(cause) ?? 0) + 1;
    this.#refused.set(cause, count);
    if (isTold(count)) this.#parts.onRefused({ type: "connection-refused", cause, count }, remote);
  }

  #refuse(connection: Connection, cause: RefusalCause): SessionError {
    const { remote } = connection;
    this.#drop(connection, cause);
    return cause === "closing"
      ? new SessionError("session-closed", "The manager takes no more sessions.")
      : new SessionError("handshake-limit", `${remote} was refused: too many handshakes (${cause}).`);
  }
}
