import type { ErrorCode } from "../../src/errors/index.js";
import { SessionError } from "../../src/errors/index.js";
import type { ExpectedVersion, Store, StoredEntry, StoredValue, StoreWrite } from "../../src/ports/index.js";

/** What a process asks of the store. */
export type Operation =
  | { readonly kind: "get"; readonly name: string }
  | { readonly kind: "write"; readonly writes: readonly StoreWrite[] };

/** What it is told. */
export type Answer =
  | { readonly kind: "value"; readonly value: StoredValue | undefined }
  | { readonly kind: "versions"; readonly versions: readonly ExpectedVersion[] }
  | { readonly kind: "error"; readonly code: ErrorCode };

interface Waiting {
  readonly operation: Operation;
  answer(answer: Answer): void;
}

/** A store that does nothing by itself: each operation waits until it is told what came of it. */
export class ParkedStore implements Store {
  readonly transactional = false;
  readonly #waiting: Waiting[] = [];

  /** What waits for an answer, in the order in which it was asked. */
  get operations(): readonly Operation[] {
    return this.#waiting.map(({ operation }) => operation);
  }

  /** Answers the operation that stands at `index`. */
  answer(index: number, answer: Answer): void {
    this.#waiting.splice(index, 1)[0]!.answer(answer);
  }

  async get(name: string): Promise<StoredValue | undefined> {
    const answer = await this.#ask({ kind: "get", name });
    return answer.kind === "value" ? answer.value : undefined;
  }

  async write(writes: readonly StoreWrite[]): Promise<readonly ExpectedVersion[]> {
    const answer = await this.#ask({ kind: "write", writes });
    return answer.kind === "versions" ? answer.versions : [];
  }

  entries(): AsyncIterable<StoredEntry> {
    throw new Error("Nothing that is explored iterates.");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #ask(operation: Operation): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const answer = (given: Answer): void => {
        if (given.kind === "error") reject(new SessionError(given.code, "The explorer says so."));
        else resolve(given);
      };
      this.#waiting.push({ operation, answer });
    });
  }
}
