import type { Clock, Instant } from "../src/ports/index.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { Task, Timeline } from "./timeline.js";

interface Timer {
  /** Monotonic milliseconds. */
  readonly due: number;
  readonly wake: () => void;
  task: Task | undefined;
}

/** How far a clock is read apart from true time. */
export interface ClockTraits {
  /** Milliseconds since 1970 at the beginning. */
  readonly wall: number;
  /** Milliseconds on it for each true one. */
  readonly rate: number;
  /** Whether the monotonic clock stands still while the host is suspended. */
  readonly stopsInSuspend: boolean;
}

/**
 * The clocks of one process on one host. They run at their own rate, time passes between two readings in one step (now and then a
 * lot: the process was preempted), and the wall clock can be set. Dies with its process.
 */
export class HostClock implements Clock {
  readonly #timeline: Timeline;
  readonly #random: SeededRandom;
  readonly #traits: ClockTraits;
  readonly #timers = new Set<Timer>();
  #anchor: number;
  #monotonic: number;
  #wallOffset: number;
  #suspendedAt: number | undefined;
  #dead = false;
  #steady = false;
  #repeat: Instant | undefined;
  /** The process is preempted before the next reading. */
  #overdue = false;
  /** Long preemptions between two readings so far. */
  preemptions = 0;

  constructor(timeline: Timeline, random: SeededRandom, traits: ClockTraits) {
    this.#timeline = timeline;
    this.#random = random;
    this.#traits = traits;
    this.#anchor = timeline.now;
    this.#monotonic = random.between(0, 100_000);
    this.#wallOffset = traits.wall - this.#monotonic;
  }

  now(): Instant {
    const repeated = this.#repeat;
    if (repeated !== undefined) {
      this.#repeat = undefined;
      this.#overdue = this.#random.chance(0.05);
      return repeated;
    }
    if (!this.#steady) this.#pass();
    return this.read();
  }

  /** The present, without any time passing. */
  read(): Instant {
    const monotonic = this.#monotonicNow();
    return { monotonic, wall: Math.floor(monotonic + this.#wallOffset) };
  }

  /** The process is preempted for exactly so many milliseconds: what was due meanwhile comes as soon as it goes on. */
  preempt(milliseconds: number): void {
    this.preemptions++;
    this.#monotonic += milliseconds;
    for (const timer of this.#timers) {
      this.#timeline.cancel(timer.task);
      this.#arm(timer);
    }
  }

  /** Runs `step` while time stands still. */
  steady<Result>(step: () => Result): Result {
    this.#steady = true;
    try {
      return step();
    } finally {
      this.#steady = false;
    }
  }

  /** The next reading gives `instant`, which must be the last one; undefined takes that back. */
  repeatOnce(instant: Instant | undefined): void {
    this.#repeat = instant;
    this.#overdue = false;
  }

  schedule(delay: number, wake: () => void): () => void {
    if (this.#dead) return () => undefined;
    const timer: Timer = { due: this.#monotonicNow() + Math.max(delay, 0), wake, task: undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      this.#timers.delete(timer);
      this.#timeline.cancel(timer.task);
    };
  }

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  get suspended(): boolean {
    return this.#suspendedAt !== undefined;
  }

  /** Sets the wall clock by so many milliseconds, either way. */
  stepWall(milliseconds: number): void {
    this.#wallOffset += milliseconds;
  }

  suspend(): void {
    if (this.#suspendedAt !== undefined || this.#dead) return;
    this.#move();
    this.#suspendedAt = this.#timeline.now;
    for (const timer of this.#timers) this.#timeline.cancel(timer.task);
  }

  resume(): void {
    if (this.#suspendedAt === undefined || this.#dead) return;
    if (this.#traits.stopsInSuspend) {
      this.#wallOffset += this.#timeline.now - this.#suspendedAt;
      this.#anchor = this.#timeline.now;
    }
    this.#suspendedAt = undefined;
    for (const timer of this.#timers) this.#arm(timer);
  }

  /** The process has stopped: no timer of it runs any more. */
  kill(): void {
    this.#dead = true;
    for (const timer of this.#timers) this.#timeline.cancel(timer.task);
    this.#timers.clear();
  }

  #monotonicNow(): number {
    if (this.#suspendedAt !== undefined && this.#traits.stopsInSuspend) return this.#monotonic;
    return this.#monotonic + (this.#timeline.now - this.#anchor) * this.#traits.rate;
  }

  #move(): void {
    this.#monotonic = this.#monotonicNow();
    this.#anchor = this.#timeline.now;
  }

  #pass(): void {
    if (!this.#overdue && this.#random.chance(0.998)) {
      this.#monotonic += 0.005;
      return;
    }
    this.#overdue = false;
    this.preemptions++;
    this.#monotonic += this.#random.chance(0.1)
      ? this.#random.between(500, 3_000)
      : this.#random.between(1, 50);
  }

  #arm(timer: Timer): void {
    if (this.#suspendedAt !== undefined) return;
    const late = this.#random.chance(0.1) ? this.#random.fraction() * 20 : 0.01;
    const delay = Math.max(timer.due - this.#monotonicNow(), 0) / this.#traits.rate;
    timer.task = this.#timeline.after(delay + late, () => {
      this.#timers.delete(timer);
      timer.wake();
    });
  }
}
