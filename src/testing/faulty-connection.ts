import { SessionError } from "../errors/index.js";
import { systemClock } from "../manager/index.js";
import type { Clock, Connection, ConnectionEvents } from "../ports/index.js";
import { SeededRandom } from "./seeded-random.js";

/** What can happen to a frame that is written. */
export type FaultName = "drop" | "repeat" | "delay" | "reorder" | "corrupt" | "cut";

const faultNames: readonly FaultName[] = ["drop", "repeat", "delay", "reorder", "corrupt", "cut"];

/** How likely each fault is for each frame, 0 to 1; 0 where it is not named. At most one befalls a frame, the first that does. */
export type FaultOptions = Readonly<Partial<Record<FaultName, number>>> & {
  /** A whole number. The same seed gives the same faults to the same frames. */
  readonly seed: number;
  /** The longest delay, in milliseconds. Default: 1,000. */
  readonly longestDelay?: number;
  /** What measures delays. Default: the platform's clock. */
  readonly clock?: Clock;
};

/** A connection with faults, and what befell so far. */
export interface FaultyConnection extends Connection {
  /** How often each fault has happened. */
  readonly faults: Readonly<Record<FaultName, number>>;
  /** Whether faults happen at present; true at first. What was delayed still comes after it was set to false. */
  active: boolean;
}

/**
 * A connection that drops, repeats, delays, reorders and corrupts what is written at this end, or cuts. `delay` and `reorder` let
 * later frames overtake: on an ordered connection that is an attack, which a session must notice.
 *
 * @throws invalid-argument where a probability is not 0 to 1
 */
export function faultyConnection(connection: Connection, options: FaultOptions): FaultyConnection {
  for (const name of faultNames) {
    const probability = options[name] ?? 0;
    if (!(probability >= 0 && probability <= 1))
      throw new SessionError("invalid-argument", `The probability of ${name} is 0 to 1, not ${probability}.`);
  }
  return new FaultInjector(connection, options);
}

class FaultInjector implements FaultyConnection {
  readonly faults: Record<FaultName, number> = {
    drop: 0,
    repeat: 0,
    delay: 0,
    reorder: 0,
    corrupt: 0,
    cut: 0,
  };
  readonly #connection: Connection;
  readonly #options: FaultOptions;
  readonly #random: SeededRandom;
  readonly #clock: Clock;
  /** A frame that waits for the next one to overtake it. */
  #held: Uint8Array | undefined;
  #active = true;

  constructor(connection: Connection, options: FaultOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#random = new SeededRandom(options.seed, "faulty connection");
    this.#clock = options.clock ?? systemClock;
  }

  get delivery(): "ordered" | "datagram" {
    return this.#connection.delivery;
  }

  get remote(): string {
    return this.#connection.remote;
  }

  get active(): boolean {
    return this.#active;
  }

  set active(active: boolean) {
    this.#active = active;
    if (!active) this.#release();
  }

  start(events: ConnectionEvents): void {
    this.#connection.start(events);
  }

  write(frame: Uint8Array): boolean {
    switch (this.#draw()) {
      case "drop":
        return true;
      case "repeat":
        this.#pass(frame);
        return this.#pass(frame);
      case "delay": {
        const delay = this.#random.fraction() * (this.#options.longestDelay ?? 1_000);
        this.#clock.schedule(delay, () => void this.#connection.write(frame));
        return true;
      }
      case "reorder":
        if (this.#held !== undefined) return this.#pass(frame);
        this.#held = frame;
        return true;
      case "corrupt":
        return this.#pass(this.#corrupted(frame));
      case "cut":
        this.#connection.destroy();
        return false;
      case undefined:
        return this.#pass(frame);
    }
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  setMaxFrameLength(length: number): void {
    this.#connection.setMaxFrameLength(length);
  }

  close(): void {
    this.#release();
    this.#connection.close();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  #draw(): FaultName | undefined {
    if (!this.#active) return undefined;
    const fault = faultNames.find(name => this.#random.chance(this.#options[name] ?? 0));
    if (fault !== undefined) this.faults[fault]++;
    return fault;
  }

  #pass(frame: Uint8Array): boolean {
    const takesMore = this.#connection.write(frame);
    return this.#release() && takesMore;
  }

  #release(): boolean {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined || this.#connection.write(held);
  }

  #corrupted(frame: Uint8Array): Uint8Array {
    const bytes = Uint8Array.from(frame);
    const at = this.#random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << this.#random.below(8));
    return bytes;
  }
}
