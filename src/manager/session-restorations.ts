import { toHex } from "../bytes/index.js";
import {
  QueueByName,
  type HeldRestoration,
  type StoredRestorations,
  type TakenRestoration,
} from "../persistence/index.js";
import type { ExpectedVersion, Instant, Store, StoreWrite } from "../ports/index.js";
import {
  disposeRestoration,
  type LineageName,
  mayRestore,
  type RestorationAttempt,
  type RestorationState,
  type SessionLimits,
  type SuiteFloor,
} from "../session/index.js";
import type { LineageHolder } from "./lineage-holder.js";
import type { Session } from "./session.js";

/** What a manager's restorations are made with. */
export interface SessionRestorationsParts {
  readonly stored: StoredRestorations;
  readonly store: Store;
  readonly floor: SuiteFloor;
  readonly limits: SessionLimits;
  readonly now: () => Instant;
  readonly onError: (error: unknown) => void;
}

/** What is restored, under a hold that was taken for it. The receiver disposes the state's secrets. */
export interface TakenAttempt extends RestorationAttempt {
  readonly hold: HeldRestoration;
}

/** What is kept of a manager's sessions so that they carry on after its process, and who of its own holds which lineage. */
export class SessionRestorations {
  readonly onError: (error: unknown) => void;
  readonly #parts: SessionRestorationsParts;
  /** By lineage. */
  readonly #holders = new Map<
    string,
    { readonly keeper: LineageHolder; readonly hold: HeldRestoration; readonly asked?: bigint }
  >();
  /** Lineages that an attempt has chosen, till it is over: no other one chooses them. */
  readonly #reserved = new Set<string>();
  readonly #queue = new QueueByName();

  constructor(parts: SessionRestorationsParts) {
    this.#parts = parts;
    this.onError = parts.onError;
  }

  /** What a peer asks to carry on with by a name (16 bytes), if it is kept. The caller disposes the secrets. Never rejects. */
  async find(name: Uint8Array): Promise<RestorationState | undefined> {
    try {
      return await this.#parts.stored.find(name);
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }

  /**
   * Takes what was saved last of lineages with this peer (its public key, 32 bytes), or the lineage of that id (64 hexadecimal digits); of none that a session of this manager goes on
   * with. Undefined where nothing can be carried on with. It is `over` for the receiver to say. Never rejects.
   */
  async attempt(peer: Uint8Array, lineage?: string): Promise<TakenAttempt | undefined> {
    let key: string | undefined;
    let taken: TakenAttempt | undefined;
    try {
      const chosen = await this.#choose(peer, lineage);
      if (chosen === undefined) return undefined;
      key = toHex(chosen.lineage);
      taken = await this.#queue.run(key, () => this.#takeChosen(chosen));
      return taken;
    } catch (error) {
      this.onError(error);
      return undefined;
    } finally {
      if (key !== undefined && taken === undefined) this.#reserved.delete(key);
    }
  }

  /** Whatever has come of an attempt. */
  over(attempt: TakenAttempt | undefined): void {
    if (attempt === undefined) return;
    this.#reserved.delete(toHex(attempt.state.lineage));
    disposeRestoration(attempt.state);
  }

  /** `keeper` has been given the hold of an attempt. It is the holder, unless the peer's question has been answered since. */
  given({ lineage }: Pick<LineageName, "lineage">, keeper: LineageHolder, hold: HeldRestoration): void {
    const key = toHex(lineage);
    const present = this.#holders.get(key);
    if (present === undefined || present.hold.fence < hold.fence) this.#holders.set(key, { keeper, hold });
  }

  /**
   * Takes a lineage for `keeper`, from whoever has it: here first, so that what is stored is what it has come to. `waits`: if this end asks for the lineage itself, that comes first; undefined
   * where it has been answered. @throws what the store throws
   */
  take(
    lineage: LineageName,
    keeper: LineageHolder,
    waits: boolean,
    asked?: bigint,
  ): Promise<TakenRestoration | undefined> {
    const key = toHex(lineage.lineage);
    return this.#queue.run(key, async () => {
      const holder = this.#holders.get(key)?.keeper;
      if (waits && holder?.asks === true && (await holder.opened) !== undefined) return undefined;
      const answered = this.#holders.get(key)?.asked;
      if (asked !== undefined && answered !== undefined && asked <= answered) return undefined;
      const crossed =
        holder !== keeper && holder?.resumes !== undefined && holder.resumes.from === keeper.resumes?.from;
      if (crossed && holder.resumes.first && !keeper.resumes.first) return undefined;
      if (holder !== undefined && holder !== keeper) await holder.giveUp();
      const { stored, now, limits } = this.#parts;
      await stored.makeRoom(lineage.peer, other => other === key || this.isLive(other));
      const taken = await stored.take(lineage, now().wall + limits.lineageAge.max);
      this.#holders.set(key, { keeper, hold: taken.hold, ...(asked !== undefined && { asked }) });
      return taken;
    });
  }

  /** `keeper` is over. */
  release(keeper: LineageHolder): void {
    for (const [key, holder] of this.#holders) if (holder.keeper === keeper) this.#holders.delete(key);
  }

  /** The session of this manager that goes on with the lineage, or comes to; undefined where there is none. */
  async liveSession({ lineage }: Pick<LineageName, "lineage">): Promise<Session | undefined> {
    const key = toHex(lineage);
    await this.#queue.run(key, () => undefined);
    return this.#holders.get(key)?.keeper.opened;
  }

  /** Whether a session of this manager goes on with the lineage (64 hexadecimal digits), or is about to. */
  isLive(lineage: string): boolean {
    return this.#holders.has(lineage) || this.#reserved.has(lineage);
  }

  /** Carries out writes about a lineage under the hold that this manager has of it, if it has one. @throws store-fenced, what the store throws */
  write(
    { lineage }: Pick<LineageName, "lineage">,
    writes: readonly StoreWrite[],
  ): Promise<readonly ExpectedVersion[]> {
    const holder = this.#holders.get(toHex(lineage));
    return holder === undefined ? this.#parts.store.write(writes) : holder.hold.write(writes);
  }

  reseed(): void {
    this.#parts.stored.reseed();
  }

  async #choose(peer: Uint8Array, lineage: string | undefined): Promise<RestorationState | undefined> {
    const states = await this.#parts.stored.withPeer(peer);
    for (const state of states) disposeRestoration(state);
    const chosen = states.find(state => {
      const id = toHex(state.lineage);
      return !this.isLive(id) && (lineage === undefined || lineage === id) && this.#isGood(state);
    });
    if (chosen !== undefined) this.#reserved.add(toHex(chosen.lineage));
    return chosen;
  }

  /** Undefined where a session of this manager has come to go on with it meanwhile, or nothing is kept any more that is good for it. */
  async #takeChosen(chosen: RestorationState): Promise<TakenAttempt | undefined> {
    if (this.#holders.has(toHex(chosen.lineage))) return undefined;
    const { hold, state } = await this.#parts.stored.take(chosen, chosen.at.wall + chosen.lineageLeft);
    if (state !== undefined && this.#isGood(state)) return { hold, state, fence: hold.fence };
    disposeRestoration(state);
    return undefined;
  }

  #isGood(state: RestorationState): boolean {
    const { floor, limits, now } = this.#parts;
    return mayRestore(state, state.sessions[0]!, floor, limits, now());
  }
}
