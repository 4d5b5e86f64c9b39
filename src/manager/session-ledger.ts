import type { SessionEvent } from "../session/index.js";
import type { Session } from "./session.js";
import type { SessionArchive } from "./session-archive.js";
import type { SessionLineages } from "./session-lineages.js";
import { sessionRecord, type SessionRecord } from "./session-record.js";
import { SessionRegistry } from "./session-registry.js";

/** Which sessions live, and what the store is told of them. */
export class SessionLedger {
  readonly registry = new SessionRegistry();
  readonly #lineages: SessionLineages;
  readonly #archive: SessionArchive | undefined;
  readonly #onError: (error: unknown) => void;

  constructor(
    archive: SessionArchive | undefined,
    lineages: SessionLineages,
    onError: (error: unknown) => void,
  ) {
    this.#lineages = lineages;
    this.#archive = archive;
    this.#onError = onError;
  }

  /** Follows `session` through what happens to it. */
  track(event: SessionEvent, session: Session): void {
    if (event.type === "established") {
      this.#save(session, "open", session.id);
      this.#lineages.begin(session);
    } else if (event.type === "renewed") {
      this.#rename(session, event.from);
    } else if (event.type === "epoch-advanced") {
      this.#lineages.save(session);
    } else if (event.type === "ended") {
      this.#lineages.end(session, event.end);
      const id = this.registry.remove(session);
      if (id !== undefined) this.#save(session, event.end.kind, id);
    }
  }

  /** Where the renewal has led to the id of another live session (ATTACKS X44), that one stays and this one ends. */
  #rename(session: Session, from: string): void {
    if (this.registry.rename(session, from)) {
      this.#lineages.save(session);
      this.#save(session, "renewed", from);
      this.#save(session, "open", session.id);
    } else {
      void session.close("going-away");
    }
  }

  #save(session: Session, status: SessionRecord["status"], id: string): void {
    const { peer, role, suite, remote } = session;
    const record = sessionRecord({ id, peer, role, suite, remote }, session.metrics(), status);
    this.#archive?.save(record).catch(this.#onError);
  }
}
