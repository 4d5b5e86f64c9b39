import { fromHex, toHex } from "../bytes/index.js";
import type { Resumptions } from "../persistence/index.js";
import {
  disposeState,
  goesOnAfter,
  type LineageName,
  type ResumptionState,
  type SessionEnd,
} from "../session/index.js";
import type { Session } from "./session.js";

/**
 * What is kept of the lineages of a manager's sessions, so that they can be resumed. One session at a time goes on with a lineage: the one that
 * was established last.
 */
export class SessionLineages {
  readonly #kept: Resumptions;
  readonly #onError: (error: unknown) => void;
  /** By lineage. */
  readonly #holders = new Map<string, Session>();

  constructor(kept: Resumptions, onError: (error: unknown) => void) {
    this.#kept = kept;
    this.#onError = onError;
  }

  /**
   * `session` is established. Another one that goes on with its lineage has lost its path, and does not know it yet; but where both ends have asked
   * at once, there are two from one, and both live: what is kept is of the one that the lineage's initiator has asked for, at both ends.
   */
  begin(session: Session): void {
    const earlier = this.#holders.get(session.lineage);
    const crossed = earlier?.resumed !== undefined && earlier.resumed.from === session.resumed?.from;
    if (crossed && askedByInitiator(earlier)) return;
    this.#holders.set(session.lineage, session);
    this.save(session);
    if (!crossed) earlier?.abandon();
  }

  /** There are new secrets to resume `session` from. */
  save(session: Session): void {
    if (this.#holders.get(session.lineage) !== session) return;
    const state = session.resumptionState();
    if (state !== undefined) this.#kept.save(state).catch(this.#onError);
  }

  /** `session` has ended. In good order or for good, nothing of it is kept. */
  end(session: Session, end: SessionEnd): void {
    if (this.#holders.get(session.lineage) !== session) return;
    this.#holders.delete(session.lineage);
    // Another process has it now.
    if (end.kind === "fenced") return;
    const name = { peer: fromHex(session.peer)!, lineage: fromHex(session.lineage)! };
    const done = goesOnAfter(end)
      ? this.#kept.progress(name, session.lineageProgress())
      : this.#kept.forget(name);
    done.catch(this.#onError);
  }

  /** What a peer asks to resume by a name (16 bytes), if it is kept. The caller disposes the secrets. Never rejects. */
  async find(name: Uint8Array): Promise<ResumptionState | undefined> {
    try {
      await this.#kept.settled();
      return await this.#kept.find(name);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  /**
   * What is kept of the lineage of that id (64 hexadecimal digits), or else of the one with this peer (its public key, 32 bytes) that was saved
   * last; one that a session goes on with comes after the others. The caller disposes the secrets. Never rejects.
   */
  async withPeer(peer: Uint8Array, lineage: string | undefined): Promise<ResumptionState | undefined> {
    try {
      await this.#kept.settled();
      const states = await this.#kept.withPeer(peer);
      const chosen =
        lineage === undefined
          ? (states.find(state => !this.#holders.has(toHex(state.lineage))) ?? states[0])
          : states.find(state => toHex(state.lineage) === lineage);
      for (const state of states) if (state !== chosen) disposeState(state);
      return chosen;
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  /** Nothing is kept of a lineage any more. */
  forget(lineage: LineageName): void {
    this.#kept.forget(lineage).catch(this.#onError);
  }

  /** Resolves when what was asked for so far is over, well or not. */
  settled(): Promise<void> {
    return this.#kept.settled();
  }

  /** The process may be a copy, or its clock another one. */
  reseed(): void {
    this.#kept.reseed();
  }

  /** Resolves when all that was to be kept or forgotten is, or has failed. What only the process holds is erased. */
  async close(): Promise<void> {
    await this.#kept.close();
  }
}

function askedByInitiator({ role, resumed }: Session): boolean {
  return (role === "initiator") === (resumed?.by === "local");
}
