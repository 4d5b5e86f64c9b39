/** Does what is asked for under one name after all that was asked for under it before, however that ended. Names do not wait for each other. */
export class QueueByName {
  readonly #last = new Map<string, Promise<unknown>>();

  /** The result is that of `step`, or what it throws. */
  run<Result>(name: string, step: () => Result | Promise<Result>): Promise<Result> {
    const earlier = this.#last.get(name) ?? Promise.resolve();
    const turn = earlier.catch(() => undefined).then(step);
    this.#last.set(name, turn);
    const over = (): void => {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    };
    turn.then(over, over);
    return turn;
  }

  /** Resolves when all that was asked for so far has ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
