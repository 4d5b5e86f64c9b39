import { SessionError } from "../errors/index.js";
import type { SessionDriver } from "./session-driver.js";

/** Milliseconds after which a ping is sent again where datagrams may be lost. */
const repeatTime = 1_000;

interface Waiter {
  readonly resolve: (roundTrip: number) => void;
  readonly reject: (error: SessionError) => void;
}

/** Pings of one session: one is out at a time; who asks meanwhile waits for the next, which goes behind all that was sent by then. */
export class SessionPings {
  readonly #driver: SessionDriver;
  #out: { token: number; at: number; readonly waiters: readonly Waiter[] } | undefined;
  #next: Waiter[] = [];
  #cancelRepeat: (() => void) | undefined;
  #end: SessionError | undefined;

  constructor(driver: SessionDriver) {
    this.#driver = driver;
  }

  /** Milliseconds to the peer's session and back. @throws what ended the session */
  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      this.#next.push({ resolve, reject });
      if (this.#out === undefined) this.#send();
    });
  }

  pong(token: number): void {
    const out = this.#out;
    if (out?.token !== token) return;
    this.#out = undefined;
    this.#cancelRepeat?.();
    const roundTrip = Math.max(this.#driver.now().monotonic - out.at, 0);
    for (const waiter of out.waiters) waiter.resolve(roundTrip);
    if (this.#next.length > 0) this.#send();
  }

  /** The session has ended, by `error` where it was not in good order. */
  end(error: SessionError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end =
      error ?? new SessionError("session-closed", "The session was closed before the peer had answered.");
    this.#cancelRepeat?.();
    for (const waiter of [...(this.#out?.waiters ?? []), ...this.#next]) waiter.reject(this.#end);
    this.#out = undefined;
    this.#next = [];
  }

  #send(): void {
    const waiters = this.#next;
    this.#next = [];
    try {
      this.#out = { ...this.#ping(), waiters };
    } catch (error) {
      for (const waiter of waiters) waiter.reject(error as SessionError);
      return;
    }
    if (this.#driver.delivery === "datagram") this.#repeatLater();
  }

  #ping(): { readonly token: number; readonly at: number } {
    return this.#driver.run(now => ({ token: this.#driver.machine.ping(now), at: now.monotonic }));
  }

  #repeatLater(): void {
    this.#cancelRepeat = this.#driver.schedule(repeatTime, () => {
      if (this.#out === undefined) return;
      try {
        Object.assign(this.#out, this.#ping());
        this.#repeatLater();
      } catch {
        // The session has ended: `end` tells those who wait.
      }
    });
  }
}
