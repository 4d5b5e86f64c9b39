import type { Message } from "./message.js";

/** Where messages come from, one for each call; undefined at the end. */
interface MessageSource {
  receive(): Promise<Message | undefined>;
}

/** The messages of a session as they come. No generator: a session that waits keeps a promise, and little more. */
export class MessageIterator implements AsyncIterableIterator<Message, void, undefined> {
  #source: MessageSource | undefined;

  constructor(source: MessageSource) {
    this.#source = source;
  }

  next(): Promise<IteratorResult<Message, void>> {
    if (this.#source === undefined) return Promise.resolve(over);
    return this.#source.receive().then(
      (message): IteratorResult<Message, void> => {
        if (message !== undefined) return { done: false, value: message };
        this.#source = undefined;
        return over;
      },
      (error: unknown) => {
        this.#source = undefined;
        throw error;
      },
    );
  }

  /** Leaves the loop. */
  return(): Promise<IteratorResult<Message, void>> {
    this.#source = undefined;
    return Promise.resolve(over);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const over = { done: true, value: undefined } as const;
