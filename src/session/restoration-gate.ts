import type { CountLease } from "./count-lease.js";
import type { Outbox } from "./session-output.js";

/**
 * Keeps back what depends on a state that is not durable yet. The owner is asked to write by a `persist` output: it takes the state, writes it, and says what came
 * of that. One write is under way at a time.
 *
 * @see PROTOCOL, section 20.7
 */
export class RestorationGate {
  readonly #outbox: Outbox;
  /** Counts what has to be written. */
  #revision = 0;
  #durable = 0;
  /** What is held waits for this revision. */
  #required = 0;
  #writing: { readonly revision: number; readonly leases: readonly CountLease[] } | undefined;
  #asked = false;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Whether what is put out waits for a write. */
  get holds(): boolean {
    return this.#required > this.#durable;
  }

  /** Whether any state of the session has become durable. */
  get begun(): boolean {
    return this.#durable > 0;
  }

  /** The state has moved on: it is to be written, and nothing waits for it. */
  want(): void {
    this.#revision++;
    this.#ask();
  }

  /** As `want`, unless a write is asked for or under way already: whoever needs more then says so again. */
  nudge(): void {
    if (!this.#asked && this.#writing === undefined) this.want();
  }

  /** As `want`, and nothing that is put out from now on leaves before that has become durable. */
  require(): void {
    this.want();
    this.#required = this.#revision;
    this.#outbox.hold();
  }

  /** The state as it is now is being written, with what it proposes as leased. */
  writing(leases: readonly CountLease[]): void {
    this.#asked = false;
    this.#writing = { revision: this.#revision, leases };
  }

  /** The write has ended well. */
  written(): void {
    const writing = this.#writing;
    if (writing === undefined) return;
    this.#writing = undefined;
    for (const lease of writing.leases) lease.settle();
    this.#durable = writing.revision;
    if (!this.holds) this.#outbox.release();
    if (this.#revision > this.#durable) this.#ask();
  }

  /** The write has failed: the owner tries again when it sees fit, and sooner where more is asked for. */
  failed(): void {
    this.#writing = undefined;
  }

  #ask(): void {
    if (this.#asked || this.#writing !== undefined) return;
    this.#asked = true;
    this.#outbox.put({ kind: "persist" });
  }
}
