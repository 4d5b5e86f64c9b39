import { abortedError } from "./abortable.js";

interface Taker<Item> {
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (reason: Error) => void;
}

/** Those who wait for the next item of a queue, first come, first served, until one comes, their signal aborts, or no more comes. */
export class Takers<Item> {
  readonly #aborted: (signal: AbortSignal) => Error;
  readonly #waiting = new Set<Taker<Item>>();
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
    const [taker] = this.#waiting;
    if (taker === undefined) return false;
    this.#waiting.delete(taker);
    taker.resolve(item);
    return true;
  }

  /** No more comes: who waits, and who comes now, gets undefined, or `error` where there is one. The first end counts. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const taker of this.#waiting) settle(taker, error);
    this.#waiting.clear();
  }

  /** The item that `present` finds; else the next that is given. */
  take(signal: AbortSignal | undefined, present: () => Item | undefined): Promise<Item | undefined> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(this.#aborted(signal));
      const item = present();
      if (item !== undefined) return resolve(item);
      if (this.#end !== undefined) return settle({ resolve, reject }, this.#end.error);
      const abort = (): void => {
        this.#waiting.delete(taker);
        reject(this.#aborted(signal!));
      };
      const stopListening = (): void => signal?.removeEventListener("abort", abort);
      const taker: Taker<Item> = {
        resolve: value => (stopListening(), resolve(value)),
        reject: reason => (stopListening(), reject(reason)),
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.add(taker);
    });
  }
}

function settle<Item>({ resolve, reject }: Taker<Item>, error: Error | undefined): void {
  if (error === undefined) resolve(undefined);
  else reject(error);
}
