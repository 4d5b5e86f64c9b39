import { SessionError } from "../errors/index.js";
import type { PeerId } from "./peer-id.js";
import type { Session } from "./session.js";

/** The live sessions of a manager, by id and by peer. */
export class SessionRegistry {
  readonly #byId = new Map<string, Session>();
  /** What each session is known by here, whatever its id has become since. */
  readonly #ids = new Map<Session, string>();
  readonly #byPeer = new Map<PeerId, Set<Session>>();

  get size(): number {
    return this.#byId.size;
  }

  /** False where a live session has that id already (ATTACKS X44): nothing has changed then. */
  add(session: Session): boolean {
    if (this.#byId.has(session.id)) return false;
    this.#byId.set(session.id, session);
    this.#ids.set(session, session.id);
    const peers = this.#byPeer.get(session.peer);
    if (peers === undefined) this.#byPeer.set(session.peer, new Set([session]));
    else peers.add(session);
    return true;
  }

  /**
   * The session that was known as `from` has been renewed: it goes by its new id. False where a live session has that id already
   * (ATTACKS X44): nothing has changed then.
   */
  rename(session: Session, from: string): boolean {
    if (this.#byId.get(from) !== session || this.#byId.has(session.id)) return false;
    this.#byId.delete(from);
    this.#byId.set(session.id, session);
    this.#ids.set(session, session.id);
    return true;
  }

  /** Forgets a session; the result is the id that it was known by here, undefined where it was not known. */
  remove(session: Session): string | undefined {
    const id = this.#ids.get(session);
    if (id === undefined) return undefined;
    this.#ids.delete(session);
    this.#byId.delete(id);
    const peers = this.#byPeer.get(session.peer);
    peers?.delete(session);
    if (peers?.size === 0) this.#byPeer.delete(session.peer);
    return id;
  }

  /** @throws session-closed where there is none of that id */
  get(id: string): Session {
    const session = this.#byId.get(id);
    if (session === undefined) {
      throw new SessionError(
        "session-closed",
        "There is no live session of that id: it has ended, or belongs to another manager.",
      );
    }
    return session;
  }

  withPeer(peer: PeerId): Session[] {
    return [...(this.#byPeer.get(peer) ?? [])];
  }

  all(): Session[] {
    return [...this.#byId.values()];
  }
}
