import { SessionError } from "../errors/index.js";
import type {
  ExpectedVersion,
  Store,
  StoredEntry,
  StoredValue,
  StoreWrite,
  WriteOptions,
} from "../ports/index.js";
import { groupBytes, groupParts, groupWaiting } from "./persistence-limits.js";

/** What is merged, and how much. */
export interface GroupCommitOptions {
  /** Parts of one transaction. Default 1,024; a caller's write is never taken apart. */
  readonly parts?: number;
  /** Bytes of values in one transaction. Default 4 MiB; a caller's write is never taken apart. */
  readonly bytes?: number;
  /** Writes that wait. Default 4,096. */
  readonly waiting?: number;
  /** Calls `begin` when this turn's writes have been asked for: `clock.yield` where there is one. Default: a microtask. */
  readonly later?: (begin: () => void) => void;
}

interface Asked {
  readonly writes: readonly StoreWrite[];
  readonly bytes: number;
  /** It names something twice: the store refuses it, and must see it as it is. */
  readonly alone: boolean;
  readonly alongside: (() => void) | undefined;
  readonly resolve: (versions: readonly ExpectedVersion[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A store that merges what is asked of it within one turn, or while a write is under way, into one transaction of the store beneath: many callers, one wait for
 * the disk. Each learns its own result, and loses nothing by another's conflict. Writes that name the same thing take place in the order in which they were asked
 * for. `alongside` may be called again, where the transaction in which it ran was undone for another's sake: it writes rows, and nothing else.
 */
export class GroupCommit implements Store {
  readonly transactional: boolean;
  readonly #store: Store;
  readonly #parts: number;
  readonly #bytes: number;
  readonly #waiting: number;
  readonly #later: (begin: () => void) => void;
  #queue: Asked[] = [];
  #run: Promise<void> | undefined;
  #closed = false;

  /** `store`: whoever has it besides writes past the group, and may; closing the group closes it. */
  constructor(store: Store, options: GroupCommitOptions = {}) {
    this.#store = store;
    this.transactional = store.transactional;
    this.#parts = options.parts ?? groupParts;
    this.#bytes = options.bytes ?? groupBytes;
    this.#waiting = options.waiting ?? groupWaiting;
    this.#later = options.later ?? (begin => queueMicrotask(begin));
  }

  get(name: string): Promise<StoredValue | undefined> {
    return this.#store.get(name);
  }

  entries(prefix: string, options?: { readonly after?: string }): AsyncIterable<StoredEntry> {
    return this.#store.entries(prefix, options);
  }

  /** As `Store.write`. @throws store-busy also, where too many wait: nothing was written; it goes on when earlier ones have ended */
  write(writes: readonly StoreWrite[], options: WriteOptions = {}): Promise<readonly ExpectedVersion[]> {
    // The store beneath says it in its own words.
    if (this.#closed) return this.#store.write(writes, options);
    if (this.#queue.length >= this.#waiting) {
      const waiting = `${this.#waiting} writes wait for the store already: this one was not begun.`;
      return Promise.reject(new SessionError("store-busy", `${waiting} Await earlier ones.`));
    }
    return new Promise((resolve, reject) => {
      let bytes = 0;
      for (const write of writes) if (write.kind === "put") bytes += write.bytes.length;
      const alone = new Set(writes.map(({ name }) => name)).size < writes.length;
      this.#queue.push({ writes, bytes, alone, alongside: options.alongside, resolve, reject });
      this.#run ??= new Promise<void>(ended => this.#later(() => void this.#commitAll().then(ended)));
    });
  }

  /** Lets what was asked for end, then closes the store beneath. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#run;
    await this.#store.close();
  }

  /** Never rejects. */
  async #commitAll(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#commit(this.#next());
    }
    this.#run = undefined;
  }

  /** The first that waits, and of the others those that share no name with it, with each other, or with one that waits on before them; requirements alike are shared. */
  #next(): readonly Asked[] {
    const batch: Asked[] = [];
    const waiting: Asked[] = [];
    const taken = new Map<string, StoreWrite>();
    const passed = new Set<string>();
    let bytes = 0;
    const fits = (asked: Asked): boolean =>
      !asked.alone &&
      taken.size + asked.writes.length <= this.#parts &&
      bytes + asked.bytes <= this.#bytes &&
      asked.writes.every(write => !passed.has(write.name) && agrees(taken.get(write.name), write));
    for (const asked of this.#queue) {
      if (batch.length === 0 || (!batch[0]!.alone && fits(asked))) {
        batch.push(asked);
        bytes += asked.bytes;
        for (const write of asked.writes) taken.set(write.name, write);
      } else {
        waiting.push(asked);
        for (const { name } of asked.writes) passed.add(name);
      }
    }
    this.#queue = waiting;
    return batch;
  }

  async #commit(batch: readonly Asked[]): Promise<void> {
    let thrown: { readonly by: Asked; readonly error: unknown } | undefined;
    const alongside = (): void => {
      for (const asked of batch) {
        try {
          asked.alongside?.();
        } catch (error) {
          thrown = { by: asked, error };
          throw error;
        }
      }
    };
    const merged = merge(batch);
    try {
      const versions = await this.#store.write(
        merged,
        batch.some(asked => asked.alongside !== undefined) ? { alongside } : {},
      );
      const byName = new Map(merged.map(({ name }, i) => [name, versions[i]]));
      for (const { writes, resolve } of batch) resolve(writes.map(({ name }) => byName.get(name)));
    } catch (error) {
      const { by, error: own } = thrown ?? {};
      if (by !== undefined) {
        by.reject(own);
        const others = batch.filter(asked => asked !== by);
        if (others.length > 0) await this.#commit(others);
      } else if (batch.length > 1 && isOfOne(error)) {
        const half = batch.length >> 1;
        await this.#commit(batch.slice(0, half));
        await this.#commit(batch.slice(half));
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }
}

function agrees(taken: StoreWrite | undefined, write: StoreWrite): boolean {
  if (taken === undefined) return true;
  return taken.kind === "require" && write.kind === "require" && taken.expected === write.expected;
}

function merge(batch: readonly Asked[]): readonly StoreWrite[] {
  if (batch.length === 1) return batch[0]!.writes;
  return [...new Map(batch.flatMap(({ writes }) => writes.map(write => [write.name, write]))).values()];
}

/** Nothing was written, and it may be one part's doing. */
function isOfOne(error: unknown): boolean {
  return SessionError.is(error, "store-conflict") || SessionError.is(error, "invalid-argument");
}
