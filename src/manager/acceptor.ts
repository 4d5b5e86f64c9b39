/// <reference lib="esnext.disposable" preserve="true" />
import type { Listener } from "../ports/index.js";
import { abortable } from "./abortable.js";
import type { Session } from "./session.js";
import { Takers } from "./takers.js";

/** Established sessions that wait for the application to take them. */
export class Acceptor implements AsyncIterable<Session>, AsyncDisposable {
  readonly #listener: Listener;
  readonly #capacity: number;
  readonly #onClose: (acceptor: Acceptor) => void;
  readonly #takers = new Takers<Session>();
  readonly #sessions: Session[] = [];
  #closing: Promise<void> | undefined;
  /** Where it listens: what a connector can be made of. */
  readonly address: string;

  /** @internal */
  constructor(listener: Listener, address: string, capacity: number, onClose: (acceptor: Acceptor) => void) {
    this.#listener = listener;
    this.address = address;
    this.#capacity = capacity;
    this.#onClose = onClose;
  }

  /** The next session, or undefined after `close`. @throws aborted */
  next(options: { readonly signal?: AbortSignal } = {}): Promise<Session | undefined> {
    return this.#takers.take(options.signal, () => this.#sessions.shift());
  }

  /** The sessions, till `close`. Leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Session, void, undefined> {
    for (let session = await this.next(); session !== undefined; session = await this.next()) yield session;
  }

  /** @internal Hands a session over; false where nobody has taken the last ones and there is no more room. */
  offer(session: Session): boolean {
    if (this.#takers.ended) return false;
    if (this.#takers.give(session)) return true;
    if (this.#sessions.length >= this.#capacity) return false;
    this.#sessions.push(session);
    return true;
  }

  /**
   * Takes no more connections. Sessions that were taken go on; those that nobody took are closed. Aborting ends the wait, not the
   * closing. @throws aborted
   */
  close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#closing ??= this.#close();
    return abortable(this.#closing, options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#takers.end();
    this.#onClose(this);
    const untaken = this.#sessions.splice(0).map(session => session.close("going-away"));
    await Promise.all([this.#listener.close(), ...untaken]);
  }
}
