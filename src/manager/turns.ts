import type { Clock } from "../ports/index.js";

/** What goes on in one turn. Handshakes are those of strangers: each costs as much as hundreds of frames. */
const perTurn = { paths: 1, bursts: 2, handshakes: 2 } as const;
/** Shares that paths which carry little carry in one turn, all together, besides the first frame of each: a hundred that begin at once still make a short turn. */
const burstShares = 1;
/** Milliseconds after a frame of a path that carries little, in which those that carry much leave it time. */
const lightTime = 10;
/**
 * How many times as long as the turn in which one of the latter went on the next one waits: together they have an eighth of the time. A
 * quarter was too much: what long messages leave to the garbage collector is paid for outside their turns.
 */
const restPerTurn = 7;
/** Milliseconds. A turn so long that more were due was not the path's doing. */
const longestRest = 20;

type Step = () => void;

/**
 * How sessions share the event loop: what costs much waits for its turn, first come, first served; what costs little does not wait. A
 * turn ends when whatever else the process has to do has had its chance.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #paths: Step[] = [];
  readonly #bursts: Step[] = [];
  readonly #handshakes: Step[] = [];
  #number = 0;
  #armed = false;
  /** Shares carried in bursts in this turn. */
  #burst = 0;
  /** When a path that carries little has had a frame, in monotonic milliseconds, as all here. */
  #lightAt = -Infinity;
  /** When a path that carries much went on, while that turn lasts. */
  #wentOnAt: number | undefined;
  #restsUntil = -Infinity;
  #resting = false;

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

  /** In monotonic milliseconds. */
  get now(): number {
    return this.#clock.now().monotonic;
  }

  /** A path that carries little has a frame: the others leave it time. */
  lightFrame(): void {
    this.#lightAt = this.now;
  }

  /** Whether this turn has room for so many shares of a path that carries little, beyond its first frame. They are counted in any case. */
  takesBurst(shares: number): boolean {
    this.#burst += shares;
    return this.#burst <= burstShares;
  }

  /** Lets a path that has used up its share go on, in a later turn. */
  pathGoesOn(step: Step): void {
    this.#paths.push(step);
    this.#arm();
  }

  /** Lets a path that carries little go on, for which a turn had no room, in a later one. */
  burstGoesOn(step: Step): void {
    this.#bursts.push(step);
    this.#arm();
  }

  /** Begins a handshake, in a later turn. */
  handshakeBegins(step: Step): void {
    this.#handshakes.push(step);
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#clock.yield!(() => this.#next());
  }

  #next(): void {
    this.#armed = false;
    this.#number++;
    this.#burst = 0;
    const { now } = this;
    this.#measure(now);
    run(this.#handshakes, perTurn.handshakes);
    run(this.#bursts, perTurn.bursts);
    if (this.#paths.length > 0 && !this.#rests(now)) {
      this.#wentOnAt = now;
      run(this.#paths, perTurn.paths);
    }
    const paths = this.#resting ? 0 : this.#paths.length;
    // A turn in which a path went on has to end, so that its length is known.
    if (this.#handshakes.length + this.#bursts.length + paths > 0 || this.#wentOnAt !== undefined)
      this.#arm();
  }

  /** The turn has ended: how long the next path waits. */
  #measure(now: number): void {
    if (this.#wentOnAt === undefined) return;
    this.#restsUntil = now + Math.min(longestRest, (now - this.#wentOnAt) * restPerTurn);
    this.#wentOnAt = undefined;
  }

  /** Whether the next path has to wait; then a timer ends that. Where nobody else has had a frame lately, none waits. */
  #rests(now: number): boolean {
    if (this.#resting) return true;
    const rest = this.#restsUntil - now;
    if (rest <= 0 || now - this.#lightAt >= lightTime) return false;
    this.#resting = true;
    this.#clock.schedule(rest, () => {
      this.#resting = false;
      this.#arm();
    });
    return true;
  }
}

function run(steps: Step[], most: number): void {
  for (const step of steps.splice(0, most)) step();
}
