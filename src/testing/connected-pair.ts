/// <reference lib="esnext.disposable" preserve="true" />
import { Identity, SessionManager, type Session, type SessionManagerOptions } from "../manager/index.js";
import { SessionError } from "../errors/index.js";
import type { Connection, Connector, Listener } from "../ports/index.js";
import { memoryConnector, memoryListener, type MemoryOptions } from "../transports/memory.js";

/** Which end of a pair: the one that connected, or the one that accepted. */
export type PairEnd = "initiator" | "responder";

/** How a pair is made; nothing is needed. */
export interface ConnectedPairOptions {
  /** Of both managers; an identity is made for each. */
  readonly manager?: Omit<SessionManagerOptions, "identity">;
  /** Of one manager, over `manager`. An identity given here stays its owner's. */
  readonly initiator?: Partial<SessionManagerOptions>;
  /** Of the accepting end's manager. */
  readonly responder?: Partial<SessionManagerOptions>;
  /** Whether the initiator knows the responder's key before (IK), or learns it (XX). Default: it knows it. */
  readonly pinned?: boolean;
  /** Of the path in memory, such as `delivery: "datagram"`. */
  readonly path?: MemoryOptions;
  /** Puts something around an end of the path, such as `faultyConnection`. */
  readonly wrap?: (connection: Connection, end: PairEnd) => Connection;
}

/** Two sessions that are each other's peer, and what they live in. */
export interface ConnectedPair extends AsyncDisposable {
  /** The end that connected. */
  readonly initiator: Session;
  /** The end that accepted. */
  readonly responder: Session;
  /** Who owns the sessions. */
  readonly managers: Readonly<Record<PairEnd, SessionManager>>;
  /** Closes both managers and disposes the identities that were made here. */
  close(): Promise<void>;
}

/**
 * A connected pair of sessions in one line: real managers, a real handshake, a path in memory.
 *
 *     await using pair = await connectedPair();
 *     await pair.initiator.send("hello");
 *     const message = await pair.responder.receive();
 *
 * @throws what `SessionManager.connect` throws; nothing is left open then
 */
export async function connectedPair(options: ConnectedPairOptions = {}): Promise<ConnectedPair> {
  const own: Identity[] = [];
  const manager = (end: PairEnd): { readonly identity: Identity; readonly manager: SessionManager } => {
    const given = options[end]?.identity;
    const identity = given ?? Identity.generate();
    if (given === undefined) own.push(identity);
    return { identity, manager: new SessionManager({ ...options.manager, ...options[end], identity }) };
  };
  const [initiator, responder] = [manager("initiator"), manager("responder")];
  const close = async (): Promise<void> => {
    await Promise.all([initiator.manager.close(), responder.manager.close()]);
    for (const identity of own.splice(0)) identity.dispose();
  };
  try {
    const wrap = options.wrap ?? ((connection: Connection) => connection);
    const listener = memoryListener(options.path);
    const acceptor = await responder.manager.accept(wrappedListener(listener, wrap), {
      allow: [initiator.identity.id],
    });
    const connector = wrappedConnector(memoryConnector(listener), wrap);
    const peer = responder.identity.id;
    const session = await initiator.manager.connect(
      connector,
      options.pinned === false ? { trust: [peer] } : { peer },
    );
    const accepted = await acceptor.next();
    if (accepted === undefined) throw new SessionError("session-closed", "The responder was closed.");
    return {
      initiator: session,
      responder: accepted,
      managers: { initiator: initiator.manager, responder: responder.manager },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Wrap = (connection: Connection, end: PairEnd) => Connection;

function wrappedListener(listener: Listener, wrap: Wrap): Listener {
  return {
    listen: onConnection => listener.listen(connection => onConnection(wrap(connection, "responder"))),
    close: () => listener.close(),
  };
}

function wrappedConnector(connector: Connector, wrap: Wrap): Connector {
  return {
    remote: connector.remote,
    connect: async signal => wrap(await connector.connect(signal), "initiator"),
  };
}
