import type { Clock } from "../ports/index.js";

/** Paths that have used up their share and get another one in one turn: a flood on many costs the others what one costs. */
const pathsPerTurn = 1;
/** Milliseconds. A turn that is longer keeps everybody waiting. */
const longTurn = 4;
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
  readonly #clock: Clock;
  readonly #paths: Queue = { perTurn: pathsPerTurn, steps: [] };
  readonly #handshakes: Queue = { perTurn: handshakesPerTurn, steps: [] };
  #number = 0;
  #began = 0;
  #armed = false;
  #pressed = false;

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined on a clock that cannot yield: there nothing waits. */
  static on(clock: Clock): Turns | undefined {
    return clock.yield === undefined ? undefined : new Turns(clock);
  }

  /** The number of the present turn. */
  get number(): number {
    this.#arm();
    return this.#number;
  }

  /** When the present turn began, in monotonic milliseconds. */
  get began(): number {
    this.#arm();
    return this.#began;
  }

  /** Whether many paths wait, or the last turn was long: who carries more than the others is to wait sooner. */
  get pressed(): boolean {
    return this.#pressed;
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
    this.#began = this.#clock.now().monotonic;
    this.#clock.yield!(() => this.#next());
  }

  #next(): void {
    const length = this.#clock.now().monotonic - this.#began;
    this.#pressed = length > longTurn || this.#paths.steps.length > 2 * pathsPerTurn;
    this.#armed = false;
    this.#number++;
    for (const { steps, perTurn } of [this.#paths, this.#handshakes]) {
      for (const step of steps.splice(0, perTurn)) step();
    }
    if (this.#paths.steps.length > 0 || this.#handshakes.steps.length > 0) this.#arm();
  }
}
