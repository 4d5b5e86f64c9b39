import { abortable } from "./abortable.js";
import { Message } from "./message.js";

/** What a durable wait takes. */
export interface DurableOptions {
  /**
   * The application's own writes, in the same transaction: called synchronously before it commits, and again where the transaction was undone
   * for another's sake. Only where the store is `transactional`.
   */
  readonly alongside?: () => void;
  /** Ends the wait, not what is waited for. */
  readonly signal?: AbortSignal;
}

/** A message of a durable channel. It comes again, with the same id, until it has been acknowledged. */
export class DurableMessage extends Message {
  /** The same for the same message, after every crash and in every session: 32 hexadecimal digits, colon, number. */
  readonly id: string;
  readonly #acknowledge: (alongside: (() => void) | undefined) => Promise<void>;

  /** @internal */
  constructor(
    id: string,
    bytes: Uint8Array,
    acknowledge: (alongside: (() => void) | undefined) => Promise<void>,
  ) {
    super(bytes);
    this.id = id;
    this.#acknowledge = acknowledge;
  }

  /**
   * Says that the message has been dealt with: it does not come again, and the peer forgets it. In the order in which messages came, each once.
   * What `alongside` writes happens exactly once. After an error it can be asked for again.
   *
   * @throws invalid-argument, aborted, session-closed, store-fenced, what `alongside` and the store throw
   */
  ack(options: DurableOptions = {}): Promise<void> {
    return abortable(this.#acknowledge(options.alongside), options.signal);
  }
}
