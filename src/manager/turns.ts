import type { Clock } from "../ports/index.js";

/** Paths that have used up their share and get another one in one turn: a flood on many costs the others what one costs. */
const pathsPerTurn = 1;
/** Handshakes of strangers that begin in one turn, at most: each costs as much as hundreds of frames. */
const handshakesPerTurn = 2;

interface Queue {
  readonly perTurn: number;
  readonly steps: (() => void)[];
}

/**
 * How sessions share the event loop: what costs much waits for its turn, first come, first served; what costs little does not wait. A
 * turn ends when whatever else the process has to do has had its chance.
 */
export class Turns {
  readonly #yield: (step: () => void) => void;
  readonly #paths: Queue = { perTurn: pathsPerTurn, steps: [] };
  readonly #handshakes: Queue = { perTurn: handshakesPerTurn, steps: [] };
  #number = 0;
  #armed = false;

  private constructor(yieldTo: (step: () => void) => void) {
    this.#yield = yieldTo;
  }

  /** Undefined on a clock that cannot yield: there nothing waits. */
  static on(clock: Clock): Turns | undefined {
    return clock.yield === undefined ? undefined : new Turns(step => clock.yield!(step));
  }

  /** The number of the present turn. */
  get number(): number {
    this.#arm();
    return this.#number;
  }

  /** Lets a path that has used up its share go on, in a later turn. */
  pathGoesOn(step: () => void): void {
    this.#paths.steps.push(step);
    this.#arm();
  }

  /** Begins a handshake, in a later turn. */
  handshakeBegins(step: () => void): void {
    this.#handshakes.steps.push(step);
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#yield(() => this.#next());
  }

  #next(): void {
    this.#armed = false;
    this.#number++;
    for (const { steps, perTurn } of [this.#paths, this.#handshakes]) {
      for (const step of steps.splice(0, perTurn)) step();
    }
    if (this.#paths.steps.length > 0 || this.#handshakes.steps.length > 0) this.#arm();
  }
}
