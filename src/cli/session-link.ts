import type { Session } from "../index.js";
import { Backoff } from "./backoff.js";
import { endText } from "./event-report.js";
import { failureText } from "./failure.js";
import type { Reporter } from "./reporter.js";
import { isPassing } from "./retryable.js";

export interface SessionLinkOptions {
  /** Opens a session with the far end. */
  readonly open: (signal: AbortSignal) => Promise<Session>;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Milliseconds between two questions whether the far end is still there; 0: none. */
  readonly keepAlive: number;
}

/** One session with the far end, made anew whenever it is lost. */
export class SessionLink {
  readonly #options: SessionLinkOptions;
  readonly #waiting = new Set<(session: Session | undefined) => void>();
  #session: Session | undefined;
  #sessions = 0;

  constructor(options: SessionLinkOptions) {
    this.#options = options;
  }

  /** The session, or the next one if it comes within `wait` milliseconds. */
  async session(wait: number): Promise<Session | undefined> {
    if (this.#session !== undefined) return this.#session;
    return new Promise(resolve => {
      const timer = setTimeout(() => settle(undefined), wait);
      const settle = (session: Session | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(session);
      };
      this.#waiting.add(settle);
    });
  }

  /** Keeps the session until the signal aborts. Throws what trying again does not put right. */
  async keep(): Promise<void> {
    const { signal } = this.#options;
    const backoff = new Backoff();
    try {
      while (!signal.aborted) {
        const session = await this.#open(backoff);
        if (session === undefined) continue;
        backoff.reset();
        await this.#use(session);
      }
    } finally {
      for (const settle of this.#waiting) settle(undefined);
    }
  }

  async #open(backoff: Backoff): Promise<Session | undefined> {
    const { open, reporter, signal } = this.#options;
    try {
      return await open(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isPassing(error, this.#sessions > 0)) throw error;
      const delay = backoff.next();
      const message = failureText(error);
      reporter.tell(
        "unreachable",
        { message, retryIn: delay / 1000 },
        `${message} Trying again in ${(delay / 1000).toFixed(1)} s.`,
      );
      await Backoff.wait(delay, signal);
      return undefined;
    }
  }

  async #use(session: Session): Promise<void> {
    const { reporter, signal, keepAlive } = this.#options;
    this.#sessions++;
    this.#session = session;
    reporter.tell(
      "connected",
      { session: session.id, peer: session.peer, remote: session.remote },
      `connected to ${session.remote}, session ${session.id.slice(0, 8)}`,
    );
    for (const settle of this.#waiting) settle(session);
    const over = new AbortController();
    const end = await Promise.race([
      session.ended,
      silence(session, keepAlive, AbortSignal.any([over.signal, signal])),
      aborted(signal),
    ]);
    over.abort();
    this.#session = undefined;
    if (signal.aborted) return;
    if (end === undefined) void session.close().catch(() => undefined);
    const text = end === undefined ? `does not answer any more` : endText(end);
    reporter.tell(
      "disconnected",
      { session: session.id, message: text },
      `the session with ${session.remote} ${text} Connecting again.`,
    );
  }
}

/** Resolves when the peer has not answered for twice `interval` milliseconds. */
async function silence(session: Session, interval: number, signal: AbortSignal): Promise<undefined> {
  if (interval === 0) return new Promise(() => undefined);
  for (;;) {
    await Backoff.wait(interval, signal);
    if (signal.aborted) return new Promise(() => undefined);
    const timeout = AbortSignal.timeout(2 * interval);
    try {
      await session.ping({ signal: AbortSignal.any([timeout, signal]) });
    } catch {
      if (timeout.aborted) return undefined;
      return new Promise(() => undefined);
    }
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
