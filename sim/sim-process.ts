import type { SessionManager } from "../src/manager/index.js";
import { DatagramLinkEnd } from "./datagram-link.js";
import type { HostClock } from "./host-clock.js";
import type { Frame, LinkEnd } from "./link.js";
import type { KeyCensus } from "./oracle.js";
import type { SessionWatch } from "./session-watch.js";
import type { Talker } from "./talker.js";
import type { SeededRandom } from "../src/testing/seeded-random.js";
import type { Timeline } from "./timeline.js";
import type { Findings } from "./violation.js";

/** One run of the program on one host: it may be stopped at any step, and then does nothing more. */
export class SimProcess {
  readonly host: number;
  readonly clock: HostClock;
  readonly census: KeyCensus;
  readonly links = new Set<LinkEnd>();
  /** By the name of their link. */
  readonly watches = new Map<string, SessionWatch>();
  readonly talkers = new Map<string, Talker>();
  /** Ends whose application does not read at the moment. */
  readonly slow = new Set<LinkEnd>();
  readonly #timeline: Timeline;
  readonly #findings: Findings;
  readonly #onStop: (process: SimProcess) => void;
  manager!: SessionManager;
  alive = true;
  /** Acts (writes to a path or a store) until it stops in the middle of what it does. */
  #actsLeft = Infinity;

  constructor(
    host: number,
    clock: HostClock,
    census: KeyCensus,
    timeline: Timeline,
    findings: Findings,
    onStop: (process: SimProcess) => void,
  ) {
    this.host = host;
    this.clock = clock;
    this.census = census;
    this.#timeline = timeline;
    this.#findings = findings;
    this.#onStop = onStop;
  }

  /** Whether the application takes what comes at that end. */
  reading(end: LinkEnd): boolean {
    return this.running && !this.slow.has(end);
  }

  get running(): boolean {
    return this.alive && !this.clock.suspended;
  }

  /** Runs `step` of the program; what it throws to whoever calls it is a defect. */
  enter(step: () => void): void {
    if (!this.running) return;
    try {
      step();
    } catch (error) {
      this.#findings.report(`host ${this.host}: an error got out: ${describeError(error)}`);
    }
  }

  /** Runs `step` a little later. */
  later(step: () => void): void {
    this.clock.schedule(0, () => this.enter(step));
  }

  /** Runs `step` so many milliseconds later on this process's clock. */
  after(delay: number, step: () => void): void {
    this.clock.schedule(delay, () => this.enter(step));
  }

  sleep(delay: number): Promise<void> {
    return new Promise(resolve => this.clock.schedule(delay, resolve));
  }

  /** Whether the program may still do something to the world: asked before each act. */
  mayAct(): boolean {
    if (!this.alive) return false;
    if (--this.#actsLeft > 0) return true;
    this.stop();
    return false;
  }

  /** It stops at its `acts`-th act from now. */
  stopAfter(acts: number): void {
    this.#actsLeft = acts;
  }

  /** Kills it: nothing of it runs any more, its paths end as they do. */
  stop(): void {
    if (!this.alive) return;
    this.alive = false;
    this.clock.kill();
    this.#timeline.after(0, () => {
      for (const link of this.links) link.abandoned();
      this.links.clear();
      this.#onStop(this);
    });
  }

  /** A frame that this process wrote to another path of datagrams. */
  anyOtherDatagram(random: SeededRandom, besides: LinkEnd): Frame | undefined {
    const others = [...this.links].filter(link => link !== besides && link instanceof DatagramLinkEnd);
    return others.length === 0 ? undefined : (random.pick(others) as DatagramLinkEnd).anyWritten();
  }
}

export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
