import type { Clock } from "../ports/index.js";

/** What goes on in one turn. Handshakes are those of strangers: each costs as much as hundreds of frames. */
const perTurn = { paths: 1, bursts: 2, handshakes: 2 } as const;
/** Shares that paths which carry little carry in one turn, all together, besides the first frame of each: a hundred that begin at once still make a short turn. */
const burstShares = 1;
/** Milliseconds after a frame of a path that carries little, in which those that carry much leave it time. */
const lightTime = 10;
/** How many times as long as one of the latter took the next one waits: together they have an eighth of the time, with what they leave to the garbage collector. */
const restPerTurn = 7;
/**
 * Milliseconds. A longer turn has met the garbage collector at work, which goes on at every buffer that is made: the rest grows with the square of such
 * a turn, so that it can end before more come.
 */
const longTurn = 2;
/**
 * Milliseconds that the collector takes in all for a byte which such a path has carried, for each live session. Buffers of 64 MiB make Node's collector mark all that is
 * alive; a byte is in two or three of them on its way, and marking takes 20 microseconds a session (measured with 10,000 on two cores).
 */
const collectorTime = 7.5e-10;
/** Milliseconds, about what a collection takes with 10,000 sessions. A turn so long that more were due was not the path's doing alone. */
const longestRest = 250;
/** Milliseconds. A rest below is none: a timer would make it a whole millisecond. */
const shortestRest = 0.1;

type Step = () => void;

/**
 * How sessions share the event loop: what costs much waits for its turn, first come, first served; what costs little does not wait. A
 * turn ends when whatever else the process has to do has had its chance.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #sessions: () => number;
  readonly #paths: Step[] = [];
  readonly #bursts: Step[] = [];
  readonly #handshakes: Step[] = [];
  #number = 0;
  #armed = false;
  /** Shares carried in bursts in this turn. */
  #burst = 0;
  /** When a path that carries little has had a frame, in monotonic milliseconds, as all here. */
  #lightAt = -Infinity;
  /** Bytes that paths which carry much have carried since one went on. */
  #carried = 0;
  /** When a path that carries much went on, while that turn lasts. */
  #wentOnAt: number | undefined;
  #restsUntil = -Infinity;
  #resting = false;

  private constructor(clock: Clock, sessions: () => number) {
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** `sessions`: how many are alive. Undefined on a clock that cannot yield: there nothing waits. */
  static on(clock: Clock, sessions: () => number = () => 0): Turns | undefined {
    return clock.yield === undefined ? undefined : new Turns(clock, sessions);
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

  /** A path that carries much has carried `bytes` more. */
  heavyFrame(bytes: number): void {
    this.#carried += bytes;
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
    const length = now - this.#wentOnAt;
    const took = length * Math.max(1, length / longTurn) + this.#carried * this.#sessions() * collectorTime;
    this.#restsUntil = now + Math.min(longestRest, took * restPerTurn);
    this.#carried = 0;
    this.#wentOnAt = undefined;
  }

  /** Whether the next path has to wait; then a timer looks again. Where nobody else has had a frame lately, none waits. */
  #rests(now: number): boolean {
    if (this.#resting) return true;
    const rest = Math.min(this.#restsUntil - now, this.#lightAt + lightTime - now);
    if (rest < shortestRest) return false;
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
