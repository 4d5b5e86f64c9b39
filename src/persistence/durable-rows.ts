import { SessionError } from "../errors/index.js";
import type { Incarnation, MessageRange } from "../outbox/index.js";
import type { ExpectedVersion, Store, StoreWrite } from "../ports/index.js";
import { outboxRowCodec } from "./durable-codec.js";
import type { DurableNames } from "./durable-names.js";
import { RecentMessages } from "./recent-messages.js";
import { sealedName, type Seal } from "./seal.js";

/** The rows of one durable channel in the store, sealed: how they are read, and what writes and removes them. */
export class DurableRows {
  readonly #store: Store;
  readonly #seal: Seal;
  readonly #names: DurableNames;
  readonly #recent = new RecentMessages();

  constructor(store: Store, seal: Seal, names: DurableNames) {
    this.#store = store;
    this.#seal = seal;
    this.#names = names;
  }

  /** Seals `plaintext` under `name`. */
  put(name: string, expected: ExpectedVersion, codec: number, plaintext: Uint8Array): StoreWrite {
    return { kind: "put", name, expected, bytes: this.#seal.seal(sealedName(name, codec), plaintext) };
  }

  /** Stores a message that is new. */
  message(incarnation: Incarnation, seq: bigint, bytes: Uint8Array): StoreWrite {
    return this.put(this.#names.row(incarnation, seq), undefined, outboxRowCodec, bytes);
  }

  /** A message was stored, and is about to be sent: it need not be read. */
  remember(incarnation: Incarnation, seq: bigint, bytes: Uint8Array): void {
    this.#recent.put(this.#names.row(incarnation, seq), bytes);
  }

  /** A message of the outbox, 1 byte or more. @throws snapshot-invalid where it is not there, what the store throws */
  async read(incarnation: Incarnation, seq: bigint): Promise<Uint8Array> {
    const name = this.#names.row(incarnation, seq);
    const recent = this.#recent.take(name);
    if (recent !== undefined) return recent;
    const stored = await this.#store.get(name);
    if (stored === undefined)
      throw new SessionError("snapshot-invalid", "A stored message is missing: the outbox is not used.");
    return this.#seal.open(sealedName(name, outboxRowCodec), stored.bytes);
  }

  /** Removes those messages of a range that are there. @throws what the store throws */
  async removals({ incarnation, first, last }: MessageRange): Promise<StoreWrite[]> {
    const names: string[] = [];
    for (let seq = first; seq <= last; seq++) names.push(this.#names.row(incarnation, seq));
    const present = await Promise.all(names.map(name => this.#store.get(name)));
    return names.flatMap((name, i): StoreWrite[] => {
      const stored = present[i];
      return stored === undefined ? [] : [{ kind: "delete", name, expected: stored.version }];
    });
  }
}
