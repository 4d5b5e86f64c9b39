import { SessionError } from "../errors/index.js";
import type { ConnectionEvents } from "../ports/index.js";

/** Whom a connection tells what comes on it, and that it is over: once, and not before there is an owner. */
export class ConnectionOwner {
  #events: ConnectionEvents | undefined;
  /** Set once the connection is over for the owner; `end` may still have to be told. */
  #outcome: { readonly error: SessionError | undefined } | undefined;
  #told = false;
  #drainDue = false;

  /** Undefined until the connection is started. */
  get events(): ConnectionEvents | undefined {
    return this.#events;
  }

  /** Whether the connection is over for the owner, told or not. */
  get over(): boolean {
    return this.#outcome !== undefined;
  }

  /** Whether the owner has been told that it is over. */
  get told(): boolean {
    return this.#told;
  }

  /** Whether the owner is to be told that more is taken. */
  get drainDue(): boolean {
    return this.#drainDue;
  }

  /** @throws invalid-argument where there is an owner */
  take(events: ConnectionEvents): void {
    if (this.#events !== undefined) {
      throw new SessionError("invalid-argument", "This connection has been started: it has one owner.");
    }
    this.#events = events;
  }

  /** More is taken: `tellDrain` tells it. */
  oweDrain(): void {
    this.#drainDue = true;
  }

  /** Tells that more is taken, where that is due. */
  tellDrain(): void {
    if (!this.#drainDue || this.#events === undefined || this.over) return;
    this.#drainDue = false;
    this.#events.drain();
  }

  /** The connection is over. The first outcome is the one that counts; `tellEnd` tells it. */
  conclude(error: SessionError | undefined): void {
    this.#outcome ??= { error };
  }

  /** Tells that the connection is over, where that is due. */
  tellEnd(): void {
    if (this.#outcome === undefined || this.#events === undefined || this.#told) return;
    this.#told = true;
    this.#events.end(this.#outcome.error);
  }
}
