import type { Incarnation } from "../outbox/index.js";
import type { DurableJournal } from "../persistence/index.js";
import type { DurableLink } from "./durable-link.js";

/** Sends the messages of a durable channel on one session at a time, as far as the window and the path have room. */
export class DurableTransmitter {
  readonly #journal: DurableJournal;
  readonly #onUnreadable: (error: unknown) => void;
  #link: DurableLink | undefined;
  #pumping = false;

  /** `onUnreadable` is told why the next message cannot be read. */
  constructor(journal: DurableJournal, onUnreadable: (error: unknown) => void) {
    this.#journal = journal;
    this.#onUnreadable = onUnreadable;
  }

  /** On which messages go out. */
  get link(): DurableLink | undefined {
    return this.#link;
  }

  /** Sends on `link` from now on. */
  sendOn(link: DurableLink): void {
    this.#link = link;
    this.pump();
  }

  /** Sends nothing more till `sendOn`. */
  stop(): void {
    this.#link = undefined;
  }

  /** Stops, and sends all that was not acknowledged again later. */
  suspend(): void {
    this.stop();
    this.#journal.sender.suspended();
  }

  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#transmit();
  }

  /** Never rejects. */
  async #transmit(): Promise<void> {
    const { sender } = this.#journal;
    try {
      for (;;) {
        const link = this.#link;
        const next = link?.writable === true ? sender.next() : undefined;
        if (link === undefined || next === undefined) return;
        const { incarnation, seq } = next;
        const outcome = await this.#read(incarnation, seq);
        // Much may have happened meanwhile.
        const still = sender.next();
        if (this.#link !== link || still?.incarnation !== incarnation || still.seq !== seq) continue;
        if ("error" in outcome) return this.#onUnreadable(outcome.error);
        const { bytes } = outcome;
        if (!link.send({ kind: "message", incarnation: incarnation.bytes, seq, bytes }))
          return this.suspend();
        sender.transmitted(bytes.length);
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #read(
    incarnation: Incarnation,
    seq: bigint,
  ): Promise<{ readonly bytes: Uint8Array } | { readonly error: unknown }> {
    try {
      return { bytes: await this.#journal.rows.read(incarnation, seq) };
    } catch (error) {
      return { error };
    }
  }
}
