import {
  Identity,
  SessionManager,
  type Acceptor,
  type ManagerEvent,
  type MessagesLost,
  type PeerInfo,
  type Session,
} from "../src/manager/index.js";
import { Secret } from "../src/bytes/index.js";
import { nodeProvider } from "../src/crypto/node-provider.js";
import { SessionError } from "../src/errors/index.js";
import { DurableTalker, type DurableContext } from "./durable-talker.js";
import type { DurableWay } from "./durable-way.js";
import { HostClock } from "./host-clock.js";
import type { LinkEnd } from "./link.js";
import type { Network } from "./network.js";
import { KeyCensus } from "./oracle.js";
import { SeededRandom } from "../src/testing/seeded-random.js";
import { SessionWatch, type SessionCounts } from "./session-watch.js";
import type { HostSettings, PairSettings, Settings } from "./settings.js";
import { describeError, SimProcess } from "./sim-process.js";
import { SimDisk } from "./sim-store.js";
import { Talker, type TalkContext } from "./talker.js";
import type { Timeline } from "./timeline.js";

/** What hosts share. */
export interface HostContext extends TalkContext {
  readonly durable: DurableContext;
  /** The durable messages from one host to another; undefined where their paths do not keep order. */
  readonly way: (from: number, to: number) => DurableWay | undefined;
  readonly settings: Settings;
  readonly timeline: Timeline;
  readonly network: () => Network;
  readonly counts: SessionCounts;
  readonly hosts: () => readonly Host[];
}

const eventTypes = [
  "established",
  "message-received",
  "key-rotated",
  "epoch-advanced",
  "near-expiry",
  "renewed",
  "expired",
  "rejected",
  "ended",
  "resumed",
  "quarantined",
  "lost",
] as const;

/** A store as it was, and which durable messages were in it. */
export interface StoreCopy {
  readonly values: ReturnType<SimDisk["copy"]>;
  readonly sent: readonly (readonly [DurableWay, number])[];
  readonly received: readonly (readonly [DurableWay, number])[];
}

/** Keys that one session may hold: three sessions of a lineage, each with a sealing key and three generations of four epochs. */
const keysPerSession = 3 * (1 + 3 * 4) + 24;

/** A machine with an identity, a disk and clocks. Its process can stop and start again. */
export class Host {
  readonly index: number;
  readonly settings: HostSettings;
  readonly identity: Identity;
  readonly #context: HostContext;
  readonly #random: SeededRandom;
  readonly #keyRandom: SeededRandom;
  readonly #disk: SimDisk;
  readonly #pairs: readonly PairSettings[];
  #wallCorrection = 0;
  /** Checks in succession that found too many old keys. */
  #staleChecks = 0;
  process: SimProcess | undefined;

  constructor(context: HostContext, index: number) {
    const { settings, faults, stormy } = context;
    this.index = index;
    this.settings = settings.hosts[index]!;
    this.#context = context;
    this.#random = new SeededRandom(settings.seed, `host ${index}`);
    this.#keyRandom = new SeededRandom(settings.seed, `keys ${index}`);
    this.#disk = new SimDisk(this.#random, faults, stormy);
    this.#pairs = settings.pairs;
    this.identity = Identity.fromSecretKey(Secret.take(this.#keyRandom.bytes(32)), {
      provider: nodeProvider,
    });
  }

  /** Starts the program, if it does not run. */
  start(): void {
    if (this.process?.alive === true) return;
    const { timeline, findings, oracle, settings } = this.#context;
    const { clockRate: rate, stopsInSuspend, wallError, keyPolicy } = this.settings;
    const wall = 1_800_000_000_000 + wallError + this.#wallCorrection + timeline.now * rate;
    const clock = new HostClock(timeline, this.#random, { wall, rate, stopsInSuspend });
    const census = new KeyCensus(findings, { monotonic: () => clock.read().monotonic, keyPolicy });
    const process = new SimProcess(this.index, clock, census, timeline, findings, () => undefined);
    this.process = process;
    process.manager = new SessionManager({
      identity: this.identity,
      provider: oracle.provider(nodeProvider, this.#keyRandom.bytes, census),
      clock,
      store: this.#disk.openedBy(process),
      floor: this.settings.floor,
      prefer: this.settings.prefer,
      connectTimeout: 8_000,
      handshakeTimeout: 10_000,
      maxHandshakes: 16,
      grace: settings.grace,
      inbox: this.settings.inbox,
      limits: this.settings.limits,
      keyPolicy,
      autoRenew: this.settings.autoRenew,
      onError: error => this.#check(process, error, "onError"),
    });
    this.#listen(process);
    this.#disk.prune(400);
    for (const pair of this.#pairs) {
      if (pair.connects === this.index) void this.#keepConnected(process, pair);
      if (pair.accepts === this.index) void this.#keepAccepting(process, pair);
    }
    for (const { peer, out, into } of this.#ways()) {
      const { identity } = this.#context.hosts()[peer]!;
      new DurableTalker(this.#context.durable, process, identity.id, { out, in: into }).start();
    }
    findings.note(`host ${this.index} started`);
  }

  /** Sets its wall clock, for good. */
  stepWall(milliseconds: number): void {
    this.#wallCorrection += milliseconds;
    this.process?.clock.stepWall(milliseconds);
  }

  /** What is in its store now. */
  copyStore(): StoreCopy {
    const ways = [...this.#ways()];
    return {
      values: this.#disk.copy(),
      sent: ways.map(({ out }) => [out, out.moment().order] as const),
      received: ways.map(({ into }) => [into, into.moment().applied] as const),
    };
  }

  /** Its store is as it was. No process of it may run. */
  putBack({ values, sent, received }: StoreCopy): void {
    this.#disk.putBack(values);
    for (const [way, order] of sent) way.senderPutBack(order);
    for (const [way, applied] of received) way.receiverPutBack(applied);
  }

  *#ways(): Generator<{ readonly peer: number; readonly out: DurableWay; readonly into: DurableWay }> {
    const { hosts, way } = this.#context;
    for (const { index: peer } of hosts()) {
      const [out, into] = [way(this.index, peer), way(peer, this.index)];
      if (out !== undefined && into !== undefined) yield { peer, out, into };
    }
  }

  /** Bounds that hold at every moment. */
  checkMemory(): void {
    const { findings, settings } = this.#context;
    const { process } = this;
    if (process?.alive !== true) return;
    const { census, manager, clock } = process;
    const { sessions, handshakes } = manager.metrics();
    const open = process.links.size;
    findings.require(
      sessions <= open,
      () => `host ${this.index} knows ${sessions} sessions and has ${open} links`,
    );
    findings.require(handshakes <= 16, () => `host ${this.index} has ${handshakes} handshakes under way`);
    const bound = 8 + open * keysPerSession;
    findings.require(
      census.alive <= bound,
      () => `host ${this.index} holds ${census.alive} keys in ${open} sessions`,
    );
    const stale = process.running ? census.idleFor(settings.grace + 120_000) : 0;
    // Twice in succession: just after a host has woken up, everything is old.
    this.#staleChecks = stale > 2 * open ? this.#staleChecks + 1 : 0;
    findings.require(
      this.#staleChecks < 2,
      () => `host ${this.index} still holds ${stale} old keys in ${open} sessions`,
    );
    findings.require(clock.timers <= 16 + 12 * open, () => `host ${this.index} has ${clock.timers} timers`);
    for (const end of process.links) {
      process.watches.get(end.remote)?.settle();
      const overdue = process.running ? end.overdueKeys : 0;
      findings.require(
        overdue === 0,
        () => `${end.remote}/${end.side} holds ${overdue} keys after their grace time`,
      );
      findings.require(
        end.inboundBytes < 1_000_000,
        () => `${end.inboundBytes} bytes are on their way to one end`,
      );
    }
  }

  /** Closes everything; resolves when nothing is left. */
  async close(): Promise<void> {
    const { process } = this;
    if (process?.alive !== true) return;
    await process.manager.close();
    const { findings } = this.#context;
    findings.require(
      process.census.alive === 0,
      () => `host ${this.index} holds ${process.census.alive} keys after it has closed`,
    );
    const { sessions } = process.manager.metrics();
    findings.require(
      sessions === 0,
      () => `host ${this.index} holds ${sessions} sessions after it has closed`,
    );
  }

  /** Sessions of the store, as the program reads them. */
  async history(): Promise<number> {
    const { process } = this;
    if (process?.alive !== true) return 0;
    let count = 0;
    for (const host of this.#context.hosts()) {
      for await (const record of process.manager.history(host.identity.id)) {
        count++;
        const { findings } = this.#context;
        findings.require(record.peer === host.identity.id, () => "a stored session names another peer");
      }
    }
    return count;
  }

  /** Told of each link that begins or ends at this host. */
  watch(end: LinkEnd): void {
    const { findings, counts, settledFor, settings } = this.#context;
    const peer = settings.hosts[end.side === 0 ? this.#peerOf(end) : end.far.process.host]!;
    const watch = new SessionWatch(end, findings, counts, this.settings, peer, settledFor);
    end.process.watches.set(end.remote, watch);
  }

  #peerOf(end: LinkEnd): number {
    return end.far.process.host;
  }

  #listen(process: SimProcess): void {
    for (const type of eventTypes) {
      process.manager.on(type, event => {
        if (!process.alive) return;
        if (event.type === "lost") this.#tellLost(event);
        const watch = process.watches.get(event.remote);
        if (watch === undefined) return;
        if (event.type === "established") this.#adopt(process, watch.end, event.session!);
        watch.tell(event);
        if (event.type === "quarantined") this.#tellQuarantined(watch.end.far.process.host);
      });
    }
  }

  #tellLost(event: ManagerEvent & MessagesLost): void {
    const peer = this.#context.hosts().find(({ identity }) => identity.id === event.peer)!.index;
    const { findings, way } = this.#context;
    findings.note(
      `host ${this.index} was told of lost messages: ${event.cause} ${event.first} to ${event.last}`,
    );
    const sent = event.direction === "sent";
    (sent ? way(this.index, peer) : way(peer, this.index))?.lost(event);
  }

  #tellQuarantined(peer: number): void {
    const { findings, way } = this.#context;
    const ways = [way(this.index, peer), way(peer, this.index)];
    for (const each of ways) each?.quarantined();
    findings.require(
      ways.some(each => each?.wasPutBack === true),
      () => `a session of hosts ${this.index} and ${peer} was quarantined, and no store was put back`,
    );
  }

  #adopt(process: SimProcess, end: LinkEnd, id: string): void {
    end.session = process.manager.session(id);
  }

  #policy(process: SimProcess, peer: string): (info: PeerInfo) => boolean | Promise<boolean> {
    const { faults, stormy } = this.#context;
    return info => {
      const allowed = info.id === peer;
      if (!stormy()) return allowed;
      if (this.#random.chance(0.1)) {
        faults.add("policy slow");
        return process.sleep(this.#random.exponential(1_500)).then(() => allowed);
      }
      if (!this.#random.chance(0.01)) return allowed;
      faults.add("policy refuses");
      return false;
    };
  }

  async #keepConnected(process: SimProcess, pair: PairSettings): Promise<void> {
    const { talking, hosts } = this.#context;
    const peer = hosts()[pair.accepts]!.identity.id;
    const connector = this.#context.network().connector(process, pair);
    const trust = pair.pinned ? { peer } : { trust: this.#policy(process, peer) };
    await process.sleep(this.#random.between(1, 500));
    // The one that an earlier process has left.
    let broken = true;
    while (process.alive) {
      if (!talking()) return;
      try {
        const resumes: boolean = broken && this.#random.chance(0.75);
        broken = false;
        const fallback = this.#random.chance(0.85);
        const session: Session = resumes
          ? await process.manager.resume(connector, { peer, fallback })
          : await process.manager.connect(connector, trust);
        this.#talk(process, session.remote);
        broken = ["truncated", "failed"].includes((await session.ended).kind);
        await process.sleep(this.#random.exponential(800));
      } catch (error) {
        broken = !SessionError.is(error, "resumption-refused");
        this.#check(process, error, "connect");
        await process.sleep(500 + this.#random.exponential(2_000));
      }
    }
  }

  async #keepAccepting(process: SimProcess, pair: PairSettings): Promise<void> {
    const { hosts } = this.#context;
    const peer = hosts()[pair.connects]!.identity.id;
    let acceptor: Acceptor;
    try {
      const listener = this.#context.network().listener(process, pair);
      acceptor = await process.manager.accept(listener, { allow: this.#policy(process, peer) });
    } catch (error) {
      return this.#check(process, error, "accept");
    }
    for await (const session of acceptor) this.#talk(process, session.remote);
  }

  #talk(process: SimProcess, remote: string): void {
    const watch = process.watches.get(remote);
    if (watch?.end.session === undefined || !process.alive) return;
    new Talker(this.#context, watch.end, watch.end.session, watch).start();
  }

  #check(process: SimProcess, error: unknown, where: string): void {
    if (!process.alive) return;
    this.#context.findings.note(`host ${this.index} ${where}: ${String(error)}`);
    this.#context.findings.require(
      SessionError.is(error) && error.code !== "internal",
      () => `host ${this.index}: ${where} got ${describeError(error)}`,
    );
  }
}
