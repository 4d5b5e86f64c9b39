/// <reference lib="esnext.disposable" preserve="true" />
import { defaultProvider } from "#default-provider";
import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Clock, Connection, Connector, Listener, Store } from "../ports/index.js";
import {
  checkedLimits,
  defaultKeyPolicy,
  type KeyPolicy,
  type LimitName,
  type LimitOption,
  type SessionEvent,
  type SuiteFloor,
} from "../session/index.js";
import { policyFunction, type AcceptPolicy } from "./accept-policy.js";
import { Acceptor } from "./acceptor.js";
import { EventHub, type EventListener } from "./event-hub.js";
import type { EventStream, EventStreamOptions } from "./event-stream.js";
import type { Identity } from "./identity.js";
import type { InboxLimits } from "./inbox.js";
import { managerDefaults } from "./manager-defaults.js";
import type { Message, MessageData } from "./message.js";
import { parsePeerId, type PeerId } from "./peer-id.js";
import { abortable, abortedError, type Session } from "./session.js";
import { SessionArchive } from "./session-archive.js";
import { openSession, type OpeningContext } from "./session-opening.js";
import { sessionRecord, type SessionRecord } from "./session-record.js";
import { SessionRegistry } from "./session-registry.js";
import { StateSealer } from "./state-sealer.js";
import { systemClock } from "./system-clock.js";
import { Wakeups } from "./wakeups.js";

/** What a manager is made with. Only the identity is needed. */
export interface SessionManagerOptions {
  /** The identity of this endpoint. It stays its owner's to dispose, after the manager has been closed. */
  readonly identity: Identity;
  /** Primitives. Default: those of the platform. */
  readonly provider?: CryptoProvider;
  /** Randomness. Default: the provider's. */
  readonly random?: RandomSource;
  /** Time. Default: the platform's. */
  readonly clock?: Clock;
  /** Where records of sessions are kept, sealed. Default: nowhere. */
  readonly store?: Store;
  /** The weakest suite that is accepted. Default: `hybrid`. */
  readonly floor?: SuiteFloor;
  /** Which kind of suite is tried first where the floor allows both. Default: `hybrid`. */
  readonly prefer?: "hybrid" | "classic";
  /** Milliseconds for a connection to be made. Default: 10,000. */
  readonly connectTimeout?: number;
  /** Milliseconds for a handshake. Default: 20,000. */
  readonly handshakeTimeout?: number;
  /** Handshakes that may be under way at a time, of peers that came to this end. Default: 256. */
  readonly maxHandshakes?: number;
  /** Milliseconds for which an older epoch's key opens records on datagrams. Default: 5,000. */
  readonly grace?: number;
  /** What one session holds that the application has not fetched. Default: 1,024 messages, 4 MiB. */
  readonly inbox?: InboxLimits;
  /** Limits of each session, over `defaultLimits`; the stricter of both ends' holds. */
  readonly limits?: Partial<Record<LimitName, LimitOption>>;
  /** When keys move on by themselves. Default: `defaultKeyPolicy`. */
  readonly keyPolicy?: KeyPolicy;
  /** Whether this end proposes a renewal at a warning edge; it accepts one in any case. Default: true. */
  readonly autoRenew?: boolean;
  /** Told what an application's listener or policy threw, or a store. Default: nobody. */
  readonly onError?: (error: unknown) => void;
}

/** How to reach a peer: by a key that is known, or by one that `trust` judges when it has been proven. */
export type ConnectOptions = (
  { readonly peer: PeerId; readonly trust?: never } | { readonly peer?: never; readonly trust: AcceptPolicy }
) & { readonly signal?: AbortSignal };

/** An event of one session, and whose. */
export type ManagerEvent = SessionEvent & {
  /** The session's id, once it is established. */
  readonly session: string | undefined;
  readonly remote: string;
  /** Milliseconds since 1970. */
  readonly at: number;
};

/** Many sessions of one identity: makes them, takes them, tells what happens to them. */
export class SessionManager implements AsyncDisposable {
  readonly #context: OpeningContext;
  readonly #registry = new SessionRegistry();
  readonly #events: EventHub<ManagerEvent>;
  readonly #archive: SessionArchive | undefined;
  readonly #wakeups: Wakeups;
  readonly #acceptors = new Set<Acceptor>();
  readonly #maxHandshakes: number;
  readonly #connectTimeout: number;
  /** Connections and handshakes that are being made: the end of the manager aborts them. */
  readonly #attempts = new Set<AbortController>();
  /** Connections of sessions and handshakes that have not ended. */
  readonly #connections = new Set<Promise<void>>();
  #closed = false;
  #handshakes = 0;
  #refusedConnections = 0;

  constructor(options: SessionManagerOptions) {
    const { identity, store } = options;
    const provider = options.provider ?? defaultProvider;
    const random = options.random ?? provider.random;
    const clock = options.clock ?? systemClock;
    const onError = harmless(options.onError ?? (() => undefined));
    this.#wakeups = new Wakeups(clock);
    this.#maxHandshakes = options.maxHandshakes ?? managerDefaults.maxHandshakes;
    this.#connectTimeout = options.connectTimeout ?? managerDefaults.connectTimeout;
    this.#events = new EventHub({ capacity: managerDefaults.eventCapacity, onListenerError: onError });
    this.#archive =
      store === undefined
        ? undefined
        : new SessionArchive(store, new StateSealer(provider, random), identity, provider, onError);
    this.#context = {
      provider,
      random,
      clock,
      wakeups: this.#wakeups,
      identity,
      floor: options.floor ?? "hybrid",
      prefer: options.prefer ?? "hybrid",
      handshakeTimeout: options.handshakeTimeout ?? managerDefaults.handshakeTimeout,
      grace: options.grace ?? managerDefaults.grace,
      inbox: options.inbox ?? managerDefaults.inbox,
      limits: checkedLimits(options.limits),
      keyPolicy: options.keyPolicy ?? defaultKeyPolicy,
      autoRenew: options.autoRenew ?? true,
      onError,
      register: session => this.#registry.add(session),
      onEvent: (event, remote, session) => this.#onEvent(event, remote, session),
      onStart: over => {
        this.#connections.add(over);
        void over.then(() => this.#connections.delete(over));
      },
    };
  }

  /**
   * Opens a session. With `peer`, only the holder of that key is accepted; with `trust`, the policy judges the key that the peer
   * proves, before this end's own identity is shown. Resolves when the peer has accepted.
   *
   * @throws invalid-argument, connect-failed, connect-timeout, aborted, peer-mismatch, peer-refused, handshake-failed,
   * handshake-timeout, downgrade-refused, suite-not-acceptable; nothing is left open then
   */
  async connect(connector: Connector, options: ConnectOptions): Promise<Session> {
    this.#checkOpen();
    const { dh } = this.#context.provider;
    if ((options.peer === undefined) === (options.trust === undefined)) {
      throw new SessionError(
        "invalid-argument",
        "Say whom to expect: `peer` with the peer's id, or `trust` with a policy (`anyone` accepts every key), and not both.",
      );
    }
    const peer = options.peer === undefined ? undefined : parsePeerId(dh, options.peer);
    const policy = options.trust === undefined ? () => true : policyFunction(dh, options.trust);
    return this.#attempt(async closing => {
      const signal = options.signal === undefined ? closing : AbortSignal.any([options.signal, closing]);
      const connection = await this.#reach(connector, signal);
      const opening = { role: "initiator", connection, policy, signal } as const;
      return openSession(this.#context, peer === undefined ? opening : { ...opening, peer });
    });
  }

  /**
   * Takes sessions from peers that `allow` accepts. A handshake that fails costs nobody else anything; it shows in the events.
   *
   * @throws listen-failed, invalid-argument
   */
  async accept(listener: Listener, options: { readonly allow: AcceptPolicy }): Promise<Acceptor> {
    this.#checkOpen();
    const policy = policyFunction(this.#context.provider.dh, options.allow);
    const early: Connection[] = [];
    let take = (connection: Connection): void => void early.push(connection);
    const address = await listener.listen(connection => take(connection));
    if (this.#closed) {
      for (const connection of early) connection.destroy();
      await listener.close();
    }
    this.#checkOpen();
    const acceptor = new Acceptor(listener, address, managerDefaults.acceptQueue, closed =>
      this.#acceptors.delete(closed),
    );
    this.#acceptors.add(acceptor);
    take = connection => this.#take(connection, policy, acceptor);
    for (const connection of early) take(connection);
    return acceptor;
  }

  /** The live session of that id. @throws session-closed */
  session(id: string): Session {
    return this.#registry.get(id);
  }

  /** The live sessions, or those with one peer. */
  sessions(peer?: PeerId): Session[] {
    return peer === undefined ? this.#registry.all() : this.#registry.withPeer(peer);
  }

  /** Sends through the session of that id. @throws as `Session.send` */
  async send(id: string, data: MessageData, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.session(id).send(data, options);
  }

  /** Receives from the session of that id. @throws as `Session.receive` */
  async receive(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<Message | undefined> {
    return this.session(id).receive(options);
  }

  /** What the store knows of sessions with `peer`, ended ones too. What cannot be read is told to `onError`. @throws store-failed, invalid-argument */
  async *history(peer: PeerId): AsyncGenerator<SessionRecord, void, undefined> {
    if (this.#archive !== undefined) yield* this.#archive.sessionsWith(peer);
  }

  /** Calls `listener` for each event of that type. One that throws is told to `onError`, and harms nobody. */
  on<Type extends ManagerEvent["type"]>(
    type: Type,
    listener: EventListener<Extract<ManagerEvent, { readonly type: Type }>>,
  ): () => void {
    return this.#events.on(type, listener);
  }

  /** All events from now on, bounded: a reader that is too slow loses the oldest, which are counted. */
  events(options: EventStreamOptions = {}): EventStream<ManagerEvent> {
    return this.#events.stream(options);
  }

  /** What the manager holds at the moment, and what it has refused before any handshake. */
  metrics(): {
    readonly sessions: number;
    readonly handshakes: number;
    readonly refusedConnections: number;
    readonly droppedEvents: number;
  } {
    return {
      sessions: this.#registry.size,
      handshakes: this.#handshakes,
      refusedConnections: this.#refusedConnections,
      droppedEvents: this.#events.droppedTotal,
    };
  }

  /**
   * Takes no more sessions, closes those there are, waits for all connections to end and for the store. Closing twice is no
   * error.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const attempt of this.#attempts)
      attempt.abort(new SessionError("aborted", "The manager is closing."));
    await Promise.all([...this.#acceptors].map(acceptor => acceptor.close()));
    await Promise.all(this.#registry.all().map(session => session.close("going-away")));
    await Promise.all(this.#connections);
    await this.#archive?.settled();
    this.#wakeups.clear();
    this.#events.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new SessionError("session-closed", "This manager has been closed: make a new one.");
    }
  }

  /** Runs what the end of the manager aborts. */
  async #attempt<Result>(run: (closing: AbortSignal) => Promise<Result>): Promise<Result> {
    const closing = new AbortController();
    this.#attempts.add(closing);
    try {
      return await run(closing.signal);
    } finally {
      this.#attempts.delete(closing);
    }
  }

  async #reach(connector: Connector, signal: AbortSignal): Promise<Connection> {
    const timeout = new AbortController();
    const cancel = this.#wakeups.schedule(this.#context.clock.now().monotonic + this.#connectTimeout, () =>
      timeout.abort(),
    );
    const abort = AbortSignal.any([signal, timeout.signal]);
    const connecting = (async () => await connector.connect(abort))();
    try {
      return await abortable(connecting, abort);
    } catch (cause) {
      connecting.then(
        late => late.destroy(),
        () => undefined,
      );
      if (signal.aborted) throw abortedError(signal);
      if (!timeout.signal.aborted) throw connectError(connector.remote, cause);
      throw new SessionError(
        "connect-timeout",
        `${connector.remote} has not answered within ${this.#connectTimeout} ms.`,
        { cause },
      );
    } finally {
      cancel();
    }
  }

  #take(connection: Connection, policy: ReturnType<typeof policyFunction>, acceptor: Acceptor): void {
    if (this.#handshakes >= this.#maxHandshakes || this.#closed) {
      this.#refusedConnections++;
      connection.destroy();
      return;
    }
    this.#handshakes++;
    this.#attempt(signal => openSession(this.#context, { role: "responder", connection, policy, signal }))
      .then(
        session => {
          if (!acceptor.offer(session)) void session.close("going-away");
        },
        () => undefined,
      )
      .finally(() => this.#handshakes--);
  }

  #onEvent(event: SessionEvent, remote: string, session: Session | undefined): void {
    if (session !== undefined) this.#track(event, session);
    if (!this.#events.hasListeners(event.type)) return;
    this.#events.emit({ ...event, session: session?.id, remote, at: this.#context.clock.now().wall });
  }

  #track(event: SessionEvent, session: Session): void {
    if (event.type === "established") {
      this.#save(session, "open");
    } else if (event.type === "renewed") {
      this.#registry.rename(session, event.from);
      this.#save(session, "renewed", event.from);
      this.#save(session, "open");
    } else if (event.type === "ended") {
      this.#registry.remove(session);
      this.#save(session, event.end.kind);
    }
  }

  #save(session: Session, status: SessionRecord["status"], id = session.id): void {
    const { peer, role, suite, remote } = session;
    const record = sessionRecord({ id, peer, role, suite, remote }, session.metrics(), status);
    this.#archive?.save(record).catch(this.#context.onError);
  }
}

/** What a connector threw, as the one kind of error that there is. */
function connectError(remote: string, cause: unknown): SessionError {
  if (SessionError.is(cause)) return cause;
  return new SessionError("connect-failed", `The connector for ${remote} has failed: see the cause.`, {
    cause,
  });
}

/** `onError`, so that what it throws harms nobody: there is no one left to tell. */
function harmless(onError: (error: unknown) => void): (error: unknown) => void {
  return error => {
    try {
      onError(error);
    } catch {
      // It was the last resort.
    }
  };
}
