import { SessionError } from "../errors/index.js";
import {
  disposeRestoration,
  disposeState,
  SessionMachine,
  type SessionEnd,
  type SessionEvent,
} from "../session/index.js";
import { abortedError } from "./abortable.js";
import { EventHub } from "./event-hub.js";
import { Inbox } from "./inbox.js";
import { Message } from "./message.js";
import type { Opening, OpeningContext, OpenPath } from "./opening-context.js";
import { peerIdOf, type PeerId } from "./peer-id.js";
import { Session } from "./session.js";
import { SessionDriver, type DriverEvents } from "./session-driver.js";
import { SessionKeeper } from "./session-keeper.js";
import { SessionPings } from "./session-pings.js";
import { SessionRequests } from "./session-requests.js";
import { SessionStreams } from "./session-streams.js";

/**
 * Runs the handshake over a connection, which it owns from now on.
 *
 * @throws peer-mismatch, peer-refused, handshake-failed, handshake-timeout, downgrade-refused, suite-not-acceptable, resumption-refused, aborted;
 * the connection has been ended then
 */
export function openSession(context: OpeningContext, opening: Opening): Promise<Session> {
  return new Promise((resolve, reject) => {
    const { connection, signal } = opening;
    if (signal?.aborted === true) {
      connection.destroy();
      reject(abortedError(signal));
      return;
    }
    try {
      new SessionOpening(context, opening, resolve, reject).start(signal);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  });
}

class SessionOpening implements DriverEvents, OpenPath {
  readonly #context: OpeningContext;
  readonly #policy: Opening["policy"];
  readonly #resolve: (session: Session) => void;
  readonly #reject: (error: Error) => void;
  readonly #driver: SessionDriver;
  readonly #inbox: Inbox<Message>;
  readonly #streams: SessionStreams;
  readonly #requests: SessionRequests;
  readonly #pings: SessionPings;
  readonly #keeper: SessionKeeper | undefined;
  readonly #hub: EventHub<SessionEvent>;
  readonly #ended = deferred<SessionEnd>();
  readonly #finished = deferred<void>();
  #drainWaiters: (() => void)[] = [];
  #stopListening: (() => void) | undefined;
  #session: Session | undefined;

  constructor(
    context: OpeningContext,
    opening: Opening,
    resolve: (session: Session) => void,
    reject: (error: Error) => void,
  ) {
    this.#context = context;
    this.#policy = opening.policy;
    this.#resolve = resolve;
    this.#reject = reject;
    const { provider, random, clock, wakeups, identity, floor, prefer, handshakeTimeout, grace } = context;
    const { limits, keyPolicy, autoRenew } = context;
    const { role, connection, peer, resume, restore } = opening;
    const { restorations } = context;
    const { delivery } = connection;
    const options = {
      provider,
      random,
      role,
      identity: identity.keyPair,
      floor,
      prefer,
      delivery,
      handshakeTimeout,
      grace,
      limits,
      keyPolicy,
      autoRenew,
      ...(peer !== undefined && { peer }),
      ...(resume !== undefined && { resume }),
      ...(restore !== undefined && { restore }),
      ...(restorations !== undefined && { persist: true }),
    };
    const machine = new SessionMachine(options, clock.now());
    this.#hub = new EventHub<SessionEvent>({ capacity: 256, onListenerError: context.onError });
    this.#driver = new SessionDriver(machine, connection, clock, wakeups, this);
    this.#keeper = restorations && new SessionKeeper(this.#driver, restorations, restore?.hold);
    if (restore !== undefined && this.#keeper !== undefined)
      restorations?.given(restore.state, this.#keeper, restore.hold);
    this.#inbox = new Inbox<Message>(
      context.inbox,
      () => this.#driver.pause(),
      () => this.#driver.resume(),
    );
    this.#streams = new SessionStreams(this.#driver, context.maxStreams, stream =>
      this.#requests.take(stream),
    );
    const peerId = (): PeerId => peerIdOf(machine.peer!);
    this.#requests = new SessionRequests(this.#driver, this.#streams, peerId, context.onError);
    this.#pings = new SessionPings(this.#driver);
  }

  start(signal: AbortSignal | undefined): void {
    this.#context.onStart(this.#finished.promise, this);
    if (signal !== undefined) {
      const abort = (): void => {
        this.#reject(abortedError(signal));
        this.#driver.run(now => this.#driver.machine.close("going-away", now));
        this.#driver.destroy();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#stopListening = () => signal.removeEventListener("abort", abort);
    }
    this.#driver.start();
  }

  silence(cause: SessionError): void {
    this.#reject(cause);
    this.#driver.silence(cause);
  }

  destroy(): void {
    this.#driver.destroy();
  }

  resumption(name: Uint8Array): void {
    void this.#resume(name);
  }

  restoration(name: Uint8Array): void {
    void this.#restore(name);
  }

  hold(asked: Parameters<DriverEvents["hold"]>[0]): void {
    void this.#keeper?.hold(asked, asked.role === "initiator", asked.fence);
  }

  persist(): void {
    this.#keeper?.persist();
  }

  message(plaintext: Uint8Array): void {
    this.#inbox.put(new Message(plaintext));
  }

  stream(frame: Uint8Array): void {
    this.#streams.receive(frame);
  }

  durable(frame: Uint8Array): void {
    this.#durable(session => this.#context.durable.frame(session, frame));
  }

  pong(token: number): void {
    this.#pings.pong(token);
  }

  idle(): void {
    this.#streams.flush();
  }

  async #resume(name: Uint8Array): Promise<void> {
    const state = await this.#context.lineages.find(name);
    this.#driver.run(now => this.#driver.machine.resumption(state, now));
    disposeState(state);
  }

  async #restore(name: Uint8Array): Promise<void> {
    const state = await this.#context.restorations?.find(name);
    this.#driver.run(now => this.#driver.machine.restoration(state, now));
    disposeRestoration(state);
  }

  authorize(key: Uint8Array): void {
    const answer = (allowed: boolean): void =>
      this.#driver.run(now => this.#driver.machine.authorize(allowed, now));
    const fail = (error: unknown): void => {
      this.#context.onError(error);
      answer(false);
    };
    try {
      const allowed = this.#policy({ id: peerIdOf(key), remote: this.#driver.remote });
      if (typeof allowed === "boolean") answer(allowed);
      else allowed.then(value => answer(value === true), fail);
    } catch (error) {
      fail(error);
    }
  }

  event(event: SessionEvent): void {
    if (event.type === "established" && !this.#establish()) return;
    if (event.type === "ended") this.#end(event.end);
    if (event.type === "renewed") this.drain();
    this.#hub.emit(event);
    this.#context.onEvent(event, this.#driver.remote, this.#session);
    if (event.type === "established")
      this.#durable(session => this.#context.durable.attach(session, this.#driver));
    if (event.type !== "ended") return;
    const { peer, lineageId: lineage } = this.#driver.machine;
    // What was never established nobody else follows.
    if (
      this.#session === undefined &&
      event.end.kind === "quarantined" &&
      peer !== undefined &&
      lineage !== undefined
    )
      this.#context.lineages.forget({ peer, lineage });
    this.#durable(session => this.#context.durable.detach(session));
    this.#keeper?.ended(event.end, () => this.#context.lineages.settled());
  }

  #establish(): boolean {
    this.#heedNoSignal();
    const session = new Session({
      driver: this.#driver,
      inbox: this.#inbox,
      streams: this.#streams,
      requests: this.#requests,
      pings: this.#pings,
      drained: () => new Promise(resolve => this.#drainWaiters.push(resolve)),
      leases: this.#keeper?.leases,
      ended: this.#ended.promise,
      finished: this.#finished.promise,
      on: (type, listener) => this.#hub.on(type, listener),
    });
    if (!this.#context.register(session)) {
      const message =
        "The handshake led to the id of a session that is open already (is the source of randomness sound?): this one is dropped.";
      this.#reject(new SessionError("handshake-failed", message));
      this.#driver.destroy();
      return false;
    }
    this.#session = session;
    this.#keeper?.established(session);
    this.#resolve(session);
    return true;
  }

  #end(end: SessionEnd): void {
    const error = "error" in end ? end.error : undefined;
    this.#inbox.end(error);
    this.#streams.end(error);
    this.#pings.end(error);
    this.#ended.resolve(end);
    this.#heedNoSignal();
    this.#reject(
      error ?? new SessionError("session-closed", "The session was closed before it was established."),
    );
    this.drain();
  }

  drain(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
    this.#durable(session => this.#context.durable.drained(session));
  }

  /** The signal is the opening's: a session holds none. */
  #heedNoSignal(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  #durable(tell: (session: Session) => void): void {
    if (this.#session !== undefined) tell(this.#session);
  }

  finished(): void {
    this.drain();
    this.#hub.close();
    this.#keeper?.finished();
    this.#finished.resolve();
  }
}

function deferred<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>(settle => (resolve = settle));
  return { promise, resolve };
}
