import { SessionError } from "../errors/index.js";
import { abortable } from "./abortable.js";

interface Waiting {
  readonly step: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Senders that wait till the store has said that more may be sent, in the order in which they came. Each of them hears of an end: the answer, a failure, the end of the session. */
export class LeaseQueue {
  #waiting: Waiting[] = [];
  #ended: SessionError | undefined;

  /** Does `step` at once, or when what it needs has been leased. Aborting takes it out. @throws what `step` throws, but lease-pending; why nothing was leased; aborted: it has not been done then */
  async run(step: () => void, signal: AbortSignal | undefined): Promise<void> {
    if (this.#ended !== undefined) return step();
    if (this.#waiting.length === 0 && tries(step)) return;
    let waiting: Waiting | undefined;
    const turn = new Promise<void>((resolve, reject) => {
      waiting = { step, resolve, reject };
      this.#waiting.push(waiting);
    });
    try {
      await abortable(turn, signal);
    } finally {
      this.#waiting = this.#waiting.filter(other => other !== waiting);
    }
  }

  /** More may be sent. */
  goOn(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      try {
        if (!tries(first.step)) return;
        first.resolve();
      } catch (error) {
        first.reject(error);
      }
      this.#waiting.shift();
    }
  }

  /** Nothing more could be leased: whoever waits is told so. */
  fail(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The session has ended. */
  end(error: SessionError): void {
    this.#ended = error;
    this.fail(error);
  }
}

/** False where it has to wait. */
function tries(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (!SessionError.is(error, "lease-pending")) throw error;
    return false;
  }
}
