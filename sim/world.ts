import { DurableWay } from "./durable-way.js";
import { FaultCount } from "./faults.js";
import { Host, type HostContext } from "./host.js";
import type { LinkEnd } from "./link.js";
import { Network } from "./network.js";
import { Oracle } from "./oracle.js";
import type { Report } from "./report.js";
import { SeededRandom } from "../src/testing/seeded-random.js";
import type { SessionCounts } from "./session-watch.js";
import { settingsOf, type Settings } from "./settings.js";
import { Timeline } from "./timeline.js";
import { Findings } from "./violation.js";
import { Weather } from "./weather.js";

const second = 1_000;
const hour = 3_600 * second;

/** So long, in milliseconds, after the last fault everybody must have found each other again. */
const settlingTime = 180 * second;
/** How often delivery and agreement are checked in good weather. */
const checkInterval = 10 * second;
/** How long both ends of a pair may be without a session in common in good weather: an application may have closed it just now. */
const agreementTime = 60 * second;
/** More steps than this in a simulated hour: somebody answers without end. */
const stepsPerHour = 400_000;

/** Lets everything run that waits for nothing but the present step. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** One run: hosts, network and weather of one seed. */
export class World {
  readonly #settings: Settings;
  readonly #timeline = new Timeline();
  readonly #findings = new Findings(() => this.#timeline.now);
  readonly #faults = new FaultCount();
  readonly #counts: SessionCounts = {
    established: 0,
    resumptions: 0,
    renewals: 0,
    generations: 0,
    rotations: 0,
    ended: {},
    refused: 0,
  };
  readonly #oracle: Oracle;
  readonly #hosts: Host[] = [];
  readonly #weather: Weather;
  readonly #network: Network;
  readonly #links: LinkEnd[] = [];
  readonly #ways = new Map<string, DurableWay>();
  readonly #agreedAt = new Map<string, number>();
  #checkedSince: number | undefined;
  #delivered = 0;
  #steps = 0;
  #talking = true;

  constructor(seed: number, hours: number) {
    const settings = settingsOf(seed, hours);
    this.#settings = settings;
    this.#oracle = new Oracle(this.#findings, seed);
    const stormy = (): boolean => this.#weather.stormy;
    const shared = { timeline: this.#timeline, findings: this.#findings, faults: this.#faults, stormy };
    const context: HostContext = {
      ...shared,
      settings,
      random: new SeededRandom(seed, "talk"),
      oracle: this.#oracle,
      sendInterval: settings.sendInterval,
      talking: () => this.#talking,
      way: (from, to) => this.#ways.get(`${from}>${to}`),
      durable: {
        ...shared,
        random: new SeededRandom(seed, "durable"),
        interval: settings.durableInterval,
        settledFor: () => this.#settledFor(),
        talking: () => this.#talking,
      },
      network: () => this.#network,
      counts: this.#counts,
      settledFor: () => this.#settledFor(),
      hosts: () => this.#hosts,
    };
    for (const { connects, accepts, delivery } of settings.pairs)
      if (delivery === "ordered")
        for (const name of [`${connects}>${accepts}`, `${accepts}>${connects}`])
          this.#ways.set(name, new DurableWay(name, this.#findings, () => this.#timeline.now));
    for (let index = 0; index < settings.hosts.length; index++) this.#hosts.push(new Host(context, index));
    const random = new SeededRandom(seed, "network");
    this.#network = new Network(
      {
        ...shared,
        random,
        oracle: this.#oracle,
        grace: settings.grace,
        calmFor: () => this.#weather.calmFor,
      },
      end => {
        this.#links.push(end);
        this.#hosts[end.process.host]!.watch(end);
      },
    );
    this.#weather = new Weather(shared, settings, this.#hosts, this.#network);
  }

  async run(): Promise<Report> {
    const onRejection = (error: unknown): void =>
      this.#findings.report(`a rejection was not handled: ${String(error)}`);
    process.on("unhandledRejection", onRejection);
    try {
      for (const host of this.#hosts) host.start();
      this.#weather.begin();
      this.#timeline.after(checkInterval, () => this.#check());
      const end = this.#settings.hours * hour;
      await this.#runUntil(end);
      if (this.#findings.first === undefined) await this.#finish(end);
    } finally {
      process.off("unhandledRejection", onRejection);
    }
    return this.#report();
  }

  async #runUntil(end: number): Promise<void> {
    while (this.#findings.first === undefined && this.#timeline.step(end)) {
      await settled();
      this.#afterStep();
    }
  }

  #afterStep(): void {
    this.#steps++;
    for (const { process } of this.#hosts) {
      if (process?.alive !== true) continue;
      for (const end of process.links) process.watches.get(end.remote)?.look();
    }
    const allowed = stepsPerHour * (this.#timeline.now / hour + 0.5);
    this.#findings.require(
      this.#steps <= allowed,
      () => `${this.#steps} steps: somebody answers without end`,
    );
  }

  /** The weather turns good for good; then everybody agrees, everything arrives, everything is closed and nothing is left. */
  async #finish(end: number): Promise<void> {
    this.#weather.clearUp();
    await this.#runUntil(end + settlingTime + 2 * agreementTime);
    this.#talking = false;
    await this.#runUntil(this.#timeline.now + 15 * second);
    this.#checkDelivery(true);
    for (const way of this.#ways.values()) way.checkAll();
    let [open, records] = [this.#hosts.length, 0];
    for (const host of this.#hosts) {
      void host
        .history()
        .then(count => (records += count))
        .then(() => host.close())
        .catch((error: unknown) => this.#findings.report(`closing failed: ${String(error)}`))
        .finally(() => open--);
    }
    const deadline = this.#timeline.now + 30 * second;
    while (open > 0 && this.#timeline.now < deadline && this.#findings.first === undefined)
      await this.#runUntil(this.#timeline.now + second);
    this.#findings.require(open === 0, () => `${open} managers have not closed within 30 s`);
    this.#findings.require(records > 0, () => "no session was stored");
  }

  #settledFor(): number {
    return Math.max(this.#weather.calmFor - settlingTime, 0);
  }

  #check(): void {
    this.#timeline.after(checkInterval, () => this.#check());
    for (const host of this.#hosts) host.checkMemory();
    this.#retire();
    if (this.#settledFor() === 0 || !this.#talking) {
      this.#checkedSince = undefined;
      return;
    }
    if (this.#checkedSince === undefined) {
      this.#checkedSince = this.#timeline.now;
      for (const end of this.#links) end.ledger.beginDelivery();
      for (const name of this.#agreedAt.keys()) this.#agreedAt.set(name, this.#timeline.now);
    }
    this.#checkDelivery(false);
    for (const way of this.#ways.values()) way.checkDelivery(this.#settledFor());
    this.#checkAgreement();
  }

  /** In good weather what was sent 10 s ago has arrived, unless the receiver itself has ended the session. */
  #checkDelivery(all: boolean): void {
    for (const end of this.#links) {
      const ended = end.process.watches.get(end.remote)?.ended;
      if (!end.process.alive || end.session === undefined) continue;
      if (ended !== undefined && !(ended.kind === "closed" && ended.by === "peer")) continue;
      const arrived = end.ledger.checkDelivery(end.side, all);
      this.#findings.require(
        arrived || end.process.slow.has(end),
        () =>
          `link ${end.ledger.link}: good weather, but not all has arrived at end ${end.side}: ${end.ledger.describe()}`,
      );
    }
  }

  /** Both ends of each pair have a session in common, of one id and one suite, and derive the same from it. */
  #checkAgreement(): void {
    const { now } = this.#timeline;
    for (const { connects, accepts } of this.#settings.pairs) {
      const name = `${connects} ${accepts}`;
      if (this.#agrees(connects, accepts)) this.#agreedAt.set(name, now);
      const since = Math.max(this.#agreedAt.get(name) ?? 0, this.#checkedSince ?? 0);
      this.#findings.require(
        now - since <= agreementTime,
        () =>
          `hosts ${name} have had no session in common for ${Math.round((now - since) / 1000)} s of good weather`,
      );
    }
  }

  #agrees(connects: number, accepts: number): boolean {
    for (const end of this.#hosts[connects]!.process?.links ?? []) {
      const { session, far } = end;
      const other = far.session;
      if (session === undefined || other === undefined || far.process.host !== accepts) continue;
      if (session.state.name === "ended" || other.state.name === "ended" || session.id !== other.id) continue;
      const [a, b] = [session, other].map(one => one.exportKey("sim", new Uint8Array(0), 32).expose());
      const same = session.suite === other.suite && a!.every((byte, i) => byte === b![i]);
      this.#findings.require(same, () => `${end.remote}: one id, but another suite or other keys`);
      return true;
    }
    return false;
  }

  /** Forgets links that are over at both ends. */
  #retire(): void {
    for (let i = this.#links.length - 1; i >= 0; i--) {
      const end = this.#links[i]!;
      const over = (one: LinkEnd): boolean =>
        one.isOver && (!one.process.alive || !one.process.slow.has(one));
      if (!over(end) || !over(end.far)) continue;
      if (end.side === 0) this.#delivered += end.ledger.delivered;
      end.process.watches.delete(end.remote);
      this.#links.splice(i, 1);
    }
  }

  #report(): Report {
    for (const { process } of this.#hosts) this.#faults.add("preempted", process?.clock.preemptions ?? 0);
    const live = this.#links
      .filter(end => end.side === 0)
      .reduce((sum, end) => sum + end.ledger.delivered, 0);
    const { seed, hours } = this.#settings;
    return {
      seed,
      hours,
      messages: this.#delivered + live,
      durable: [...this.#ways.values()].reduce((sum, way) => sum + way.delivered, 0),
      seals: this.#oracle.seals,
      links: this.#network.links,
      steps: this.#steps,
      ...this.#counts,
      faults: this.#faults.toJSON(),
      failure: this.#findings.first,
    };
  }
}
