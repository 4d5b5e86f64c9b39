import { FakeClock } from "../../src/testing/fake-clock.js";

/** A clock that stands still, in an event loop whose turns end when the test says so. */
export class SteppedClock extends FakeClock {
  readonly #steps: (() => void)[] = [];

  yield(step: () => void): void {
    this.#steps.push(step);
  }

  /** Whether somebody waits for the turn to end. */
  get armed(): boolean {
    return this.#steps.length > 0;
  }

  /** The present turn took so many milliseconds, and ends. What follows from it at once has followed. */
  async endTurn(milliseconds = 0): Promise<void> {
    this.advance(milliseconds);
    for (const step of this.#steps.splice(0)) step();
    await new Promise(resolve => setImmediate(resolve));
  }
}
