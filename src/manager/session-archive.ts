import { SessionError } from "../errors/index.js";
import type { Store, StoredEntry, StoredValue } from "../ports/index.js";
import { parsePeerId, type PeerId } from "./peer-id.js";
import { abortable, abortedError } from "./abortable.js";
import {
  decodeSessionRecord,
  encodeSessionRecord,
  sessionRecordCodec,
  type SessionRecord,
} from "./session-record.js";
import { QueueByName, type SealedName, type StateSealer } from "../persistence/index.js";
import type { Identity } from "./identity.js";
import type { CryptoProvider } from "../crypto/index.js";

/** Keeps session records in the store, sealed. Writes of one session go one after another. */
export class SessionArchive {
  readonly #store: Store;
  readonly #sealer: StateSealer;
  readonly #identity: Identity;
  readonly #provider: CryptoProvider;
  readonly #onError: (error: unknown) => void;
  readonly #queue = new QueueByName();

  constructor(
    store: Store,
    sealer: StateSealer,
    identity: Identity,
    provider: CryptoProvider,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#sealer = sealer;
    this.#identity = identity;
    this.#provider = provider;
    this.#onError = onError;
  }

  /** Writes `record` after all earlier writes of that session. @throws store-failed, store-conflict */
  save(record: SessionRecord): Promise<void> {
    const name = nameOf(record);
    return this.#queue.run(name, () => this.#write(name, record));
  }

  /**
   * What the store knows of sessions with `peer`. One that cannot be read is told to `onError`.
   *
   * @throws store-failed, invalid-argument, aborted
   */
  async *sessionsWith(peer: PeerId, signal?: AbortSignal): AsyncGenerator<SessionRecord, void, undefined> {
    const entries = this.#store.entries(`session/${peer}/`)[Symbol.asyncIterator]();
    try {
      for (;;) {
        if (signal?.aborted === true) throw abortedError(signal);
        const step: IteratorResult<StoredEntry, unknown> = await abortable(entries.next(), signal);
        if (step.done === true) return;
        const record = this.#tryOpen(step.value.name, peer, step.value);
        if (record !== undefined) yield record;
      }
    } finally {
      // Not awaited: a store that hangs in `next` would hang here as well.
      entries.return?.().catch(() => undefined);
    }
  }

  /** Resolves when every write so far has ended, well or not. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  async #write(name: string, record: SessionRecord): Promise<void> {
    const root = this.#identity.atRestRoot(parsePeerId(this.#provider.dh, record.peer));
    let sealed: Uint8Array;
    try {
      sealed = this.#sealer.seal(root, sealedName(name), encodeSessionRecord(record));
    } finally {
      root.dispose();
    }
    const present = await this.#store.get(name);
    await this.#store.write([{ kind: "put", name, expected: present?.version, bytes: sealed }]);
  }

  #tryOpen(name: string, peer: PeerId, stored: StoredValue): SessionRecord | undefined {
    try {
      return this.#open(name, peer, stored);
    } catch (error) {
      if (!SessionError.is(error, "snapshot-invalid")) throw error;
      this.#onError(error);
      return undefined;
    }
  }

  #open(name: string, peer: PeerId, stored: StoredValue): SessionRecord {
    const root = this.#identity.atRestRoot(parsePeerId(this.#provider.dh, peer));
    try {
      return decodeSessionRecord(this.#sealer.open(root, sealedName(name), stored.bytes));
    } finally {
      root.dispose();
    }
  }
}

function nameOf(record: SessionRecord): string {
  return `session/${record.peer}/${record.id}`;
}

function sealedName(name: string): SealedName {
  return { kind: "session", name, codec: sessionRecordCodec };
}
