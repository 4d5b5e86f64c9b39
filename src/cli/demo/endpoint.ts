import { Identity, SessionError, SessionManager, type ManagerEvent, type Session } from "../../index.js";
import {
  endReport,
  type EndReport,
  type EndpointCalls,
  type OpenReport,
  type Served,
} from "./process-calls.js";
import { stopServing, tell } from "./process-server.js";

/** What both processes are: an identity, a manager, and sessions that the parent names by their id. */
export class Endpoint {
  /** Made in this process; its secret key never leaves it. */
  readonly identity = Identity.generate();
  readonly manager = new SessionManager({ identity: this.identity });
  readonly #sessions = new Map<string, Session>();

  constructor() {
    tellEvents(this.manager);
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  session(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new Error(`There is no session ${id.slice(0, 8)} in this process.`);
    return session;
  }

  calls(): Served<EndpointCalls> {
    return {
      introduce: () => ({ id: this.identity.id }),
      send: async ({ session, text }) => void (await this.session(session).send(text)),
      receive: async ({ session }) => (await this.session(session).receive())?.text(),
      rotate: ({ session }) => this.session(session).rotateKeys(),
      rotated: ({ session, times }) => rotated(this.session(session), times),
      seal: ({ session, text }) => this.session(session).encrypt(new TextEncoder().encode(text)),
      open: ({ session, record }) => openRecord(this.session(session), record),
      close: ({ session }) => this.session(session).close(),
      ended: ({ session, wait }) => ended(this.session(session), wait),
      metrics: ({ session }) => ({ ...this.session(session).metrics() }),
      leave: async () => {
        await this.manager.close();
        this.identity.dispose();
        setImmediate(stopServing);
      },
    };
  }
}

/** Passes a manager's events on to the parent. */
function tellEvents(manager: SessionManager): void {
  manager.on("established", event => {
    const { session = "", suite, peer } = event;
    tell({ type: "established", session, suite, peer });
  });
  manager.on("key-rotated", ({ direction, epoch }) => {
    if (direction === "received") tell({ type: "followed", epoch });
  });
  manager.on("rejected", ({ cause, session }) => {
    if (session !== undefined) tell({ type: "refused", cause });
  });
  manager.on("ended", event => {
    if (event.session !== undefined)
      tell({ type: "ended", session: event.session, end: endReport(event.end) });
    else tellHandshake(event);
  });
}

function tellHandshake({ end }: Extract<ManagerEvent, { type: "ended" }>): void {
  if (end.kind === "failed") tell({ type: "handshake-failed", code: end.error.code });
}

async function rotated(session: Session, times: number): Promise<void> {
  while (session.metrics().received.rotations < times) {
    await new Promise<void>(resolve => {
      const stop = session.on("key-rotated", () => {
        stop();
        resolve();
      });
    });
  }
}

function openRecord(session: Session, record: Uint8Array): OpenReport {
  try {
    return { text: new TextDecoder().decode(session.decrypt(record)) };
  } catch (error) {
    if (SessionError.is(error)) return { refused: error.code };
    throw error;
  }
}

async function ended(session: Session, wait: number): Promise<EndReport | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>(resolve => (timer = setTimeout(() => resolve(undefined), wait)));
  const end = await Promise.race([session.ended, late]);
  clearTimeout(timer);
  return end === undefined ? undefined : endReport(end);
}
