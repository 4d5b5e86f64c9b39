/// <reference lib="esnext.disposable" preserve="true" />
import { platformDiagnostics } from "#diagnostics";
import { toConnection, type Attachable } from "../attach/index.js";
import type { Dh } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import type { Clock, Connection, Connector, Listener } from "../ports/index.js";
import type { SessionEvent } from "../session/index.js";
import { abortable } from "./abortable.js";
import { policyFunction, type AcceptPolicy } from "./accept-policy.js";
import { Acceptor } from "./acceptor.js";
import { reach } from "./connecting.js";
import type { AttachOptions } from "./attaching.js";
import type { DurableChannel } from "./durable-channel.js";
import { DurableChannels } from "./durable-channels.js";
import { EventHub, type EventListener } from "./event-hub.js";
import type { EventStream, EventStreamOptions } from "./event-stream.js";
import { HandshakeGate } from "./handshake-gate.js";
import { listen } from "./listening.js";
import { managerDefaults } from "./manager-defaults.js";
import type { ManagerMetrics } from "./manager-metrics.js";
import type { ConnectionRefused, ManagerEvent, MessagesLost } from "./manager-event.js";
import {
  handshakeLimits,
  isFull,
  openingSettings,
  type ConnectOptions,
  type SessionManagerOptions,
} from "./manager-options.js";
import type { Message, MessageData } from "./message.js";
import { Outgoing } from "./outgoing.js";
import { Openings } from "./openings.js";
import { parsePeerId, type PeerId } from "./peer-id.js";
import { Reception } from "./reception.js";
import { ReseedableRandom } from "./reseedable-random.js";
import type { ResumeOptions } from "./resuming.js";
import type { Session } from "./session.js";
import { SessionArchive } from "./session-archive.js";
import { keptLineages } from "./kept-lineages.js";
import type { SessionRestorations } from "./session-restorations.js";
import { SessionLedger } from "./session-ledger.js";
import type { SessionLineages } from "./session-lineages.js";
import type { SessionRecord } from "./session-record.js";
import { StateSealer } from "../persistence/index.js";
import { Telemetry } from "./telemetry.js";
import { Turns } from "./turns.js";
import { Wakeups } from "./wakeups.js";

/** What everything that waits takes: aborting it ends the wait. */
interface Waiting {
  readonly signal?: AbortSignal;
}

/** Many sessions of one identity: makes them, takes them, tells what happens to them. */
export class SessionManager implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #dh: Dh;
  readonly #ledger: SessionLedger;
  readonly #events: EventHub<ManagerEvent>;
  readonly #telemetry: Telemetry;
  readonly #archive: SessionArchive | undefined;
  readonly #lineages: SessionLineages;
  readonly #restorations: SessionRestorations | undefined;
  readonly #durable: DurableChannels;
  readonly #wakeups: Wakeups;
  readonly #openings: Openings;
  readonly #random: ReseedableRandom;
  readonly #outgoing: Outgoing;
  readonly #reception: Reception;
  readonly #acceptors = new Set<Acceptor>();
  readonly #connectTimeout: number;
  #closed = false;
  #closing: Promise<void> | undefined;

  /** @throws invalid-argument where a limit is no limit */
  constructor(options: SessionManagerOptions) {
    const settings = openingSettings(options);
    const { clock, provider, identity } = settings;
    this.#random = new ReseedableRandom(provider, settings.random);
    const random = this.#random.draw;
    const { store } = options;
    this.#telemetry = new Telemetry(platformDiagnostics, options);
    const onError = this.#telemetry.reporting(options.onError);
    this.#clock = clock;
    this.#dh = provider.dh;
    this.#wakeups = new Wakeups(clock);
    this.#connectTimeout = options.connectTimeout ?? managerDefaults.connectTimeout;
    this.#events = new EventHub({ capacity: managerDefaults.eventCapacity, onListenerError: onError });
    this.#archive =
      store === undefined
        ? undefined
        : new SessionArchive(store, new StateSealer(provider, random), identity, provider, onError);
    const kept = keptLineages({ ...settings, random }, store, isFull(options), onError);
    this.#lineages = kept.lineages;
    this.#restorations = kept.restorations;
    this.#ledger = new SessionLedger(this.#archive, this.#lineages, onError);
    const turns = Turns.on(clock, () => this.#ledger.registry.size);
    const sealer = new StateSealer(provider, random);
    this.#durable = new DurableChannels({
      ...{ store, sealer, identity, provider, random, onError },
      onLost: (event, remote, session) => this.#tell(event, remote, session),
      schedule: (delay, then) => this.#wakeups.schedule(clock.now().monotonic + delay, then),
    });
    this.#openings = new Openings({
      settings,
      wakeups: this.#wakeups,
      turns,
      telemetry: this.#telemetry,
      onError,
      durable: this.#durable,
      ...kept,
      register: session => this.#ledger.registry.add(session),
      onEvent: (event, remote, session) => {
        if (session !== undefined) this.#ledger.track(event, session);
        this.#tell(event, remote, session);
      },
    });
    this.#outgoing = new Outgoing({
      ...kept,
      openings: this.#openings,
      reach: (connector, signal) => this.#reach(connector, signal),
    });
    this.#reception = new Reception({
      gate: new HandshakeGate(handshakeLimits(options), clock.now().monotonic),
      clock,
      turns,
      openings: this.#openings,
      onRefused: (event, remote) => this.#tell(event, remote, undefined),
    });
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
    if ((options.peer === undefined) === (options.trust === undefined)) {
      throw new SessionError(
        "invalid-argument",
        "Say whom to expect: `peer` with the peer's id, or `trust` with a policy (`anyone` accepts every key), and not both.",
      );
    }
    const peer = options.peer === undefined ? undefined : parsePeerId(this.#dh, options.peer);
    const policy = options.trust === undefined ? () => true : policyFunction(this.#dh, options.trust);
    return this.#openings.attempt(options.signal, signal =>
      this.#outgoing.connect(connector, peer === undefined ? { policy } : { peer, policy }, signal),
    );
  }

  /**
   * Opens a session that goes on with one whose connection is gone: with what both ends have kept of it and fresh keys. `Session.resumed` tells
   * whether it has come to that, or to a full handshake with the same peer. A session that was closed is not resumed.
   *
   * @throws as `connect`; resumption-refused where `fallback` is false
   */
  async resume(connector: Connector, options: ResumeOptions): Promise<Session> {
    this.#checkOpen();
    const peer = parsePeerId(this.#dh, options.peer);
    return this.#openings.attempt(options.signal, signal =>
      this.#outgoing.resume(connector, peer, options, signal),
    );
  }

  /**
   * Takes sessions from peers that `allow` accepts. A handshake that fails costs nobody else anything; it shows in the events. `signal`
   * ends the wait for the listener, which is closed then; afterwards the acceptor is closed by `close`.
   *
   * @throws listen-failed, invalid-argument, aborted
   */
  async accept(listener: Listener, options: { readonly allow: AcceptPolicy } & Waiting): Promise<Acceptor> {
    this.#checkOpen();
    const policy = policyFunction(this.#dh, options.allow);
    const early: Connection[] = [];
    let take = (connection: Connection): void => void early.push(connection);
    const address = await listen(listener, connection => take(connection), options.signal);
    if (this.#closed) {
      for (const connection of early) connection.destroy();
      await listener.close();
    }
    this.#checkOpen();
    const acceptor = new Acceptor(listener, address, managerDefaults.acceptQueue, closed =>
      this.#acceptors.delete(closed),
    );
    this.#acceptors.add(acceptor);
    take = connection => this.#reception.take(connection, policy, acceptor);
    for (const connection of early) take(connection);
    return acceptor;
  }

  /**
   * Opens a session over what is there already: a Duplex or a socket of Node, a WebSocket, an RTCDataChannel, a MessagePort, or a
   * `Connection`. It belongs to the session from then on; where this fails, it has been ended, but after invalid-argument and session-closed.
   *
   * @throws as `connect`; handshake-limit, session-closed
   */
  async attach(thing: Attachable, options: AttachOptions): Promise<Session> {
    this.#checkOpen();
    const { remote } = options;
    if ("allow" in options) {
      const policy = policyFunction(this.#dh, options.allow);
      return this.#reception.admit(toConnection(thing, remote), policy, options.signal);
    }
    const connect = (): Promise<Connection> => Promise.resolve(toConnection(thing, remote));
    return this.connect({ remote: remote ?? "what was attached", connect }, options);
  }

  /**
   * Opens the durable channel with `peer`, whether or not there is a session: what was sent and not acknowledged is in it, from earlier processes
   * too. Whoever had it open, here or in another process, has it no more: its next write fails with store-fenced. Aborting ends the wait.
   *
   * @throws invalid-argument where the manager has no store, aborted, session-closed, snapshot-invalid, what the store throws
   */
  durable(peer: PeerId, options: Waiting = {}): Promise<DurableChannel> {
    return this.#durable.open(peer, options.signal);
  }

  /**
   * To be called as soon as the platform tells that this process may be a copy of another one, or was moved: a virtual machine was started from a snapshot
   * of running memory. At once every session and every handshake ends without a word to the peers, since a copy holds the same keys; what is drawn
   * afterwards comes from fresh randomness, and each durable channel goes on under a new fence and incarnation when this resolves. Then `resume` each
   * session.
   *
   * `entropy`: 32 bytes or more that no copy has, which are read and left. Default: from the operating system's kernel, where the provider can ask it.
   *
   * @throws invalid-argument where the platform has no such randomness and none was given: nothing has changed; session-closed; aborted: the signal ends the wait alone
   */
  async reseed(options: { readonly entropy?: Uint8Array } & Waiting = {}): Promise<void> {
    this.#checkOpen();
    const entropy = this.#random.entropy(options.entropy);
    this.#random.reseed(entropy);
    const cause = new SessionError(
      "connection-lost",
      "This process may be a copy of another one, which holds the same keys: resume the session.",
    );
    const tell = this.#openings.silence(cause, this.#random.draw);
    this.#lineages.reseed();
    this.#restorations?.reseed();
    const renewed = this.#durable.reseed();
    tell();
    await abortable(renewed, options.signal);
  }

  /** The live session of that id. @throws session-closed */
  session(id: string): Session {
    return this.#ledger.registry.get(id);
  }

  /** The live sessions, or those with one peer. */
  sessions(peer?: PeerId): Session[] {
    const { registry } = this.#ledger;
    return peer === undefined ? registry.all() : registry.withPeer(peer);
  }

  /** Sends through the session of that id. @throws as `Session.send` */
  async send(id: string, data: MessageData, options: Waiting = {}): Promise<void> {
    await this.session(id).send(data, options);
  }

  /** Receives from the session of that id. @throws as `Session.receive` */
  async receive(id: string, options: Waiting = {}): Promise<Message | undefined> {
    return this.session(id).receive(options);
  }

  /**
   * What the store knows of sessions with `peer`, ended ones too. What cannot be read is told to `onError`.
   *
   * @throws store-failed, invalid-argument, aborted
   */
  async *history(peer: PeerId, options: Waiting = {}): AsyncGenerator<SessionRecord, void, undefined> {
    if (this.#archive !== undefined) yield* this.#archive.sessionsWith(peer, options.signal);
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
  metrics(): ManagerMetrics {
    return {
      sessions: this.#ledger.registry.size,
      handshakes: this.#reception.handshakes,
      refusedConnections: this.#reception.refusedTotal,
      refusedByCause: this.#reception.refused,
      droppedEvents: this.#events.droppedTotal,
    };
  }

  /**
   * Takes no more sessions, gives those there are `deadline` milliseconds (default: 30,000) to end by themselves, then closes the manager.
   * `closed` is how many it had to close. Aborting ends the wait; the manager takes no more sessions then, and `close` ends it.
   *
   * @throws aborted
   */
  async drain(options: { readonly deadline?: number } & Waiting = {}): Promise<{ readonly closed: number }> {
    const { deadline = managerDefaults.drainTime, signal } = options;
    this.#takeNoMore();
    const over = Promise.all([this.#closeAcceptors(), this.#openings.over()]);
    let cancel = (): void => undefined;
    const late = new Promise<void>(resolve => {
      cancel = this.#wakeups.schedule(this.#clock.now().monotonic + deadline, resolve);
    });
    try {
      await abortable(Promise.race([over, late]), signal);
    } finally {
      cancel();
    }
    const closed = this.#ledger.registry.size;
    await this.close(options);
    return { closed };
  }

  /**
   * Takes no more sessions, closes those there are, waits for all connections to end and for the store. Closing twice is no
   * error. Aborting ends the wait, not the closing.
   *
   * @throws aborted
   */
  close(options: Waiting = {}): Promise<void> {
    this.#closing ??= this.#close();
    return abortable(this.#closing, options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#takeNoMore();
    await this.#closeAcceptors();
    await this.#durable.close();
    await Promise.all(this.#ledger.registry.all().map(session => session.close("going-away")));
    await this.#openings.over();
    await Promise.all([this.#archive?.settled(), this.#lineages.close()]);
    this.#wakeups.clear();
    this.#events.close();
  }

  #reach(connector: Connector, signal: AbortSignal): Promise<Connection> {
    const time = { clock: this.#clock, wakeups: this.#wakeups, timeout: this.#connectTimeout };
    return reach(connector, signal, time);
  }

  #takeNoMore(): void {
    this.#closed = true;
    this.#reception.close();
    this.#openings.abortAttempts();
  }

  async #closeAcceptors(): Promise<void> {
    await Promise.all([...this.#acceptors].map(acceptor => acceptor.close()));
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new SessionError("session-closed", "This manager has been closed: make a new one.");
    }
  }

  #tell(
    event: SessionEvent | ConnectionRefused | MessagesLost,
    remote: string,
    session: Session | undefined,
  ): void {
    const watched = this.#telemetry.watches(event.type);
    if (!watched && !this.#events.hasListeners(event.type)) return;
    const told = { ...event, session: session?.id, remote, at: this.#clock.now().wall };
    if (watched) this.#telemetry.event(told);
    this.#events.emit(told);
  }
}
