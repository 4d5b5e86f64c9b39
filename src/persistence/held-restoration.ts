import { equalConstantTime } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type { ExpectedVersion, StoreWrite } from "../ports/index.js";
import {
  disposeRestoration,
  type LineageName,
  type LineageProgress,
  type RestorableProgress,
  type RestorationState,
} from "../session/index.js";
import type { Fence } from "./fence.js";
import { deletesOf, type RowsFound } from "./lineage-rows.js";
import { encodeRestoration, type StoredRestoration, type WriteMark } from "./restoration-codec.js";
import type { RestorationRows } from "./restoration-rows.js";

/** Times that a write is tried, where an earlier one of this holder whose answer was lost has come between. */
const writeTries = 4;

/**
 * The right to carry on with a lineage, and to write what it can be restored from. Whoever takes it overtakes the one before: of that one nothing is written any more, and it
 * erases nothing.
 *
 * @see PROTOCOL, section 20.7
 */
export class HeldRestoration {
  readonly #fence: Fence;
  readonly #rows: RestorationRows;
  readonly #lineage: LineageName;
  /** What the store has, as far as this holder knows. */
  #versions: ReadonlyMap<string, ExpectedVersion>;
  #number = 0n;
  #last: Promise<unknown> = Promise.resolve();

  /** `versions`: of what was there when the fence was opened. */
  constructor(
    fence: Fence,
    rows: RestorationRows,
    lineage: LineageName,
    versions: RowsFound<StoredRestoration>["versions"],
  ) {
    this.#fence = fence;
    this.#rows = rows;
    this.#lineage = lineage;
    this.#versions = versions;
  }

  /** Whether it is the hold of that lineage (32 bytes); true also where none is known yet. */
  isOf(lineage: Uint8Array | undefined): boolean {
    return lineage === undefined || equalConstantTime(this.#lineage.lineage, lineage);
  }

  /** 1 to 2^64 - 1. */
  get fence(): bigint {
    return this.#fence.fence;
  }

  /**
   * Keeps `state`, durably, in the place of what was kept. Takes over its secrets. A write that took place though its answer was lost counts as what it is.
   *
   * @throws store-fenced where somebody else holds the lineage; what else the store throws: whether it was written is not known then, and the next write finds out
   */
  save(state: RestorationState): Promise<void> {
    return this.#inTurn(() => this.#save(state));
  }

  /** Corrects what is kept by what the sessions have used in the end: what was leased and not used is given back. @throws as `save` */
  settle(progress: LineageProgress, sessions: readonly RestorableProgress[]): Promise<void> {
    return this.#inTurn(async () => {
      const { state, versions } = await this.#rows.read(this.#lineage);
      this.#versions = versions;
      if (state === undefined) return;
      const settled = state.sessions.map(kept => ({
        ...kept,
        ...sessions.find(({ session }) => equalConstantTime(session, kept.session)),
      }));
      await this.#save({ ...state, ...progress, sessions: settled });
    });
  }

  /** Forgets the lineage, and the fence with it, with what else is to go. @throws as `save` */
  forget(): Promise<void> {
    return this.#inTurn(() =>
      this.#tried(async () => {
        await this.#fence.drop(deletesOf(this.#versions));
      }),
    );
  }

  /** Carries out writes about the lineage that stand elsewhere. @throws as `save` */
  write(writes: readonly StoreWrite[]): Promise<readonly ExpectedVersion[]> {
    return this.#fence.write(writes);
  }

  async #save(state: RestorationState): Promise<void> {
    try {
      await this.#tried(async () => {
        const mark = { opener: this.#fence.opener, number: ++this.#number };
        const plaintext = encodeRestoration(state, mark, this.#rows.clock);
        const writes = this.#rows.writesOf(state, plaintext, this.#versions);
        let versions: readonly ExpectedVersion[];
        try {
          versions = await this.#fence.write(writes);
        } catch (error) {
          await this.#landed(mark, error);
          return;
        }
        const all = new Map(this.#versions);
        writes.forEach(({ name, kind }, i) =>
          kind === "delete" ? all.delete(name) : all.set(name, versions[i]),
        );
        this.#versions = all;
      });
    } finally {
      disposeRestoration(state);
    }
  }

  /** Whether the write has taken place all the same: its mark tells. Throws `error` where it has not. */
  async #landed(mark: WriteMark, error: unknown): Promise<void> {
    if (SessionError.is(error, "store-fenced")) throw error;
    const { state, versions } = await this.#rows.read(this.#lineage);
    const present = state?.mark;
    disposeRestoration(state);
    const own = present !== undefined && equalConstantTime(present.opener, mark.opener);
    // Only this holder's own writes can have come between, so what the next one expects is known again.
    if (own || present === undefined) this.#versions = versions;
    if (!own || present.number !== mark.number) throw error;
  }

  /** A conflict under a fence that holds is an earlier write of this holder that was late. */
  async #tried(step: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await step();
      } catch (error) {
        if (!SessionError.is(error, "store-conflict") || tries >= writeTries) throw error;
        const { state, versions } = await this.#rows.read(this.#lineage);
        disposeRestoration(state);
        this.#versions = versions;
      }
    }
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(step, step);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
