import { abortedError } from "./abortable.js";

interface Taker<Item> {
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (reason: Error) => void;
  stopListening?: () => void;
}

/** Those who wait for the next item of a queue, first come, first served, until one comes, their signal aborts, or no more comes. */
export class Takers<Item> {
  readonly #aborted: (signal: AbortSignal) => Error;
  readonly #waiting: Taker<Item>[] = [];
  #end: { readonly error: Error | undefined } | undefined;

  /** `aborted`: what a taker whose signal has aborted is told. */
  constructor(aborted: (signal: AbortSignal) => Error = abortedError) {
    this.#aborted = aborted;
  }

  /** Whether `end` was called. */
  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Gives `item` to whoever waits longest; false where nobody does. */
  give(item: Item): boolean {
    const taker = this.#waiting.shift();
    if (taker === undefined) return false;
    taker.stopListening?.();
    taker.resolve(item);
    return true;
  }

  /** No more comes: who waits, and who comes now, gets undefined, or `error` where there is one. The first end counts. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const taker of this.#waiting.splice(0)) {
      taker.stopListening?.();
      settle(taker, error);
    }
  }

  /** The item that `present` finds; else the next that is given. */
  take(signal: AbortSignal | undefined, present: () => Item | undefined): Promise<Item | undefined> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(this.#aborted(signal));
      const item = present();
      if (item !== undefined) return resolve(item);
      if (this.#end !== undefined) return settle({ resolve, reject }, this.#end.error);
      const taker: Taker<Item> = { resolve, reject };
      this.#waiting.push(taker);
      if (signal !== undefined) this.#untilAborted(taker, signal);
    });
  }

  #untilAborted(taker: Taker<Item>, signal: AbortSignal): void {
    const abort = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(taker), 1);
      taker.reject(this.#aborted(signal));
    };
    signal.addEventListener("abort", abort, { once: true });
    taker.stopListening = () => signal.removeEventListener("abort", abort);
  }
}

function settle<Item>({ resolve, reject }: Taker<Item>, error: Error | undefined): void {
  if (error === undefined) resolve(undefined);
  else reject(error);
}
