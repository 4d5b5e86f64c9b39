import { asSessionError, SessionError, type ErrorCode } from "../errors/index.js";
import type { ExpectedVersion, Store, StoredValue, StoreWrite } from "../ports/index.js";
import type { Fence } from "./fence.js";

/** After these, nothing was written. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "store-full",
  "store-read-only",
  "store-locked",
  "store-busy",
  "invalid-argument",
]);

/** How often it is tried to find out what has become of a write. */
const tries = 3;

type Put = Extract<StoreWrite, { readonly kind: "put" }>;

/**
 * Writes under a fence, and finds out what has become of a write whose answer was lost: it takes a higher fence, so that what is still on
 * its way can't arrive any more, and reads.
 */
export class DurableWriter {
  readonly #store: Store;
  #fence: Fence;
  #closed: SessionError | undefined;

  constructor(store: Store, fence: Fence) {
    this.#store = store;
    this.#fence = fence;
  }

  /** Why nothing more is written; undefined while there is no reason. */
  get closed(): SessionError | undefined {
    return this.#closed;
  }

  /**
   * Carries out `writes`, at least one of which is a put, and returns their versions. When it throws, nothing was written, but where
   * `closed` says that the store stays away.
   *
   * @throws store-fenced, what `alongside` throws, what the store throws
   */
  async write(
    writes: readonly StoreWrite[],
    alongside: (() => void) | undefined,
  ): Promise<readonly ExpectedVersion[]> {
    if (this.#closed !== undefined) throw this.#closed;
    let thrown: { readonly error: unknown } | undefined;
    const options = alongside && {
      alongside: () => {
        try {
          alongside();
        } catch (error) {
          thrown = { error };
          throw error;
        }
      },
    };
    try {
      return await this.#fence.write(writes, options);
    } catch (error) {
      if (thrown !== undefined && error === thrown.error) throw error;
      const code = SessionError.is(error) ? error.code : undefined;
      if (code === "store-fenced") throw this.#close(error);
      if (code !== undefined && refusals.has(code)) throw error;
      return this.#findOut(writes, error);
    }
  }

  /** Takes a fence above `above` and the present one. @throws store-fenced, what the store throws */
  async raise(above: bigint): Promise<Fence> {
    try {
      this.#fence = await this.#fence.raise(above);
      return this.#fence;
    } catch (error) {
      // A fence that may have been raised and is not known: nothing can be written under it.
      throw this.#close(error);
    }
  }

  async #findOut(writes: readonly StoreWrite[], error: unknown): Promise<readonly ExpectedVersion[]> {
    let fenced = false;
    for (let left = tries; ; left--) {
      try {
        if (!fenced) this.#fence = await this.#fence.raise(0n);
        fenced = true;
        const present = await Promise.all(writes.map(({ name }) => this.#store.get(name)));
        const probe = writes.findIndex(({ kind }) => kind === "put");
        if (isWritten(writes[probe] as Put, present[probe])) return present.map(value => value?.version);
        throw error;
      } catch (failure) {
        if (failure === error) throw error;
        if (SessionError.is(failure, "store-fenced")) throw this.#close(failure);
        if (left === 1) throw this.#close(error);
      }
    }
  }

  #close(error: unknown): SessionError {
    this.#closed = asSessionError(error);
    return this.#closed;
  }
}

/** Every write seals afresh: the same bytes are the same write. */
function isWritten({ bytes }: Put, present: StoredValue | undefined): boolean {
  return present?.bytes.length === bytes.length && present.bytes.every((byte, i) => byte === bytes[i]);
}
