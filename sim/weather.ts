import type { FaultCount, FaultKind } from "./faults.js";
import type { Host } from "./host.js";
import type { Network } from "./network.js";
import { SeededRandom } from "../src/testing/seeded-random.js";
import type { Settings } from "./settings.js";
import type { Timeline } from "./timeline.js";
import type { Findings } from "./violation.js";

const second = 1_000;
const minute = 60 * second;

/** What the weather works with. */
export interface WeatherContext {
  readonly timeline: Timeline;
  readonly findings: Findings;
  readonly faults: FaultCount;
}

/** Storms, in which everything goes wrong, and calms, in which nothing does. */
export class Weather {
  readonly #context: WeatherContext;
  readonly #settings: Settings;
  readonly #hosts: readonly Host[];
  readonly #network: Network;
  readonly #random: SeededRandom;
  #stormy = false;
  #calmSince = 0;
  #over = false;

  constructor(context: WeatherContext, settings: Settings, hosts: readonly Host[], network: Network) {
    this.#context = context;
    this.#settings = settings;
    this.#hosts = hosts;
    this.#network = network;
    this.#random = new SeededRandom(settings.seed, "weather");
  }

  get stormy(): boolean {
    return this.#stormy;
  }

  /** Milliseconds since the last fault; 0 in a storm. */
  get calmFor(): number {
    return this.#stormy ? 0 : this.#context.timeline.now - this.#calmSince;
  }

  begin(): void {
    if (this.#settings.faults)
      this.#context.timeline.after(this.#random.between(10, 120) * second, () => this.#storm());
  }

  /** Good weather from now on: all hosts run, all reach each other. */
  clearUp(): void {
    this.#over = true;
    this.#calm();
  }

  #storm(): void {
    if (this.#over) return;
    this.#stormy = true;
    this.#context.findings.note("a storm begins");
    this.#squall();
    this.#context.timeline.after(this.#random.between(8, 30) * minute, () => {
      if (this.#over) return;
      this.#calm();
      this.#context.timeline.after(this.#random.between(4, 11) * minute, () => this.#storm());
    });
  }

  #calm(): void {
    const { findings, timeline } = this.#context;
    findings.note("calm");
    if (this.#stormy) this.#calmSince = timeline.now;
    this.#stormy = false;
    this.#network.healAll();
    for (const host of this.#hosts) this.#wake(host);
  }

  /** One thing after another, while the storm lasts. */
  #squall(): void {
    this.#context.timeline.after(this.#random.exponential(2 * minute), () => {
      if (!this.#stormy) return;
      const host = this.#random.pick(this.#hosts);
      this.#random.pick(this.#happenings)(host);
      this.#squall();
    });
  }

  readonly #happenings: readonly ((host: Host) => void)[] = [
    () => {
      const { connects, accepts } = this.#random.pick(this.#settings.pairs);
      this.#note("partition");
      this.#network.partition(connects, accepts);
      this.#later(1, 120, () => this.#network.heal(connects, accepts));
    },
    host => {
      this.#note("stop", host);
      host.process?.stop();
      this.#later(0.01, 60, () => this.#wake(host));
    },
    host => {
      this.#note("stop in a step", host);
      host.process?.stopAfter(this.#random.between(1, 6));
      this.#later(30, 90, () => this.#wake(host));
    },
    host => this.#putBack(host),
    host => {
      this.#note("suspend", host);
      host.process?.clock.suspend();
      this.#later(0.1, this.#random.pick([2, 30, 600]), () => this.#wake(host));
    },
    host => {
      this.#note("wall clock forward", host);
      host.stepWall(this.#random.pick([2 * second, minute, 30 * minute, 24 * 60 * minute]));
    },
    host => {
      this.#note("wall clock back", host);
      host.stepWall(-this.#random.pick([2 * second, minute, 30 * minute, 24 * 60 * minute]));
    },
  ];

  /** What its store is now, it is again in a while. */
  #putBack(host: Host): void {
    if (!this.#settings.putsBack) return;
    const copy = host.copyStore();
    this.#later(5, 600, () => {
      if (!this.#stormy) return;
      this.#note("store put back", host);
      host.process?.stop();
      host.putBack(copy);
      this.#later(0.01, 60, () => this.#wake(host));
    });
  }

  #note(kind: FaultKind, host?: Host): void {
    this.#context.faults.add(kind);
    this.#context.findings.note(host === undefined ? kind : `${kind}: host ${host.index}`);
  }

  /** Undoes something after `least` to `most` seconds, if the calm has not done it before. */
  #later(least: number, most: number, undo: () => void): void {
    const delay = (least + this.#random.fraction() * (most - least)) * second;
    this.#context.timeline.after(delay, undo);
  }

  #wake(host: Host): void {
    if (host.process?.alive === true) {
      host.process.clock.resume();
      host.process.stopAfter(Infinity);
      this.#network.flow();
    } else host.start();
  }
}
