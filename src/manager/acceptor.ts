/// <reference lib="esnext.disposable" preserve="true" />
import type { Listener } from "../ports/index.js";
import type { Session } from "./session.js";

/** Established sessions that wait for the application to take them. */
export class Acceptor implements AsyncIterable<Session>, AsyncDisposable {
  readonly #listener: Listener;
  readonly #capacity: number;
  readonly #onClose: (acceptor: Acceptor) => void;
  readonly #waiting: ((session: Session | undefined) => void)[] = [];
  readonly #sessions: Session[] = [];
  #closed = false;
  /** Where it listens: what a connector can be made of. */
  readonly address: string;

  /** @internal */
  constructor(listener: Listener, address: string, capacity: number, onClose: (acceptor: Acceptor) => void) {
    this.#listener = listener;
    this.address = address;
    this.#capacity = capacity;
    this.#onClose = onClose;
  }

  /** The next session, or undefined after `close`. */
  async next(): Promise<Session | undefined> {
    const session = this.#sessions.shift();
    if (session !== undefined || this.#closed) return session;
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  /** The sessions, till `close`. Leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Session, void, undefined> {
    for (let session = await this.next(); session !== undefined; session = await this.next()) yield session;
  }

  /** @internal Hands a session over; false where nobody has taken the last ones and there is no more room. */
  offer(session: Session): boolean {
    if (this.#closed) return false;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting(session);
    else if (this.#sessions.length >= this.#capacity) return false;
    else this.#sessions.push(session);
    return true;
  }

  /** Takes no more connections. Sessions that were taken go on; those that nobody took are closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    const untaken = this.#sessions.splice(0).map(session => session.close("going-away"));
    await Promise.all([this.#listener.close(), ...untaken]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
