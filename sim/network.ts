import { SessionError } from "../src/errors/index.js";
import type { Connection, Connector, Listener } from "../src/ports/index.js";
import { DatagramLinkEnd } from "./datagram-link.js";
import type { LinkContext, LinkEnd } from "./link.js";
import { LinkLedger } from "./link-ledger.js";
import { OrderedLinkEnd } from "./ordered-link.js";
import type { PairSettings } from "./settings.js";
import type { SimProcess } from "./sim-process.js";

interface Listening {
  readonly process: SimProcess;
  readonly onConnection: (connection: Connection) => void;
}

/** Who can reach whom, and every link there is. */
export class Network {
  readonly #context: LinkContext;
  readonly #onLink: (end: LinkEnd) => void;
  readonly #listening = new Map<PairSettings, Listening>();
  readonly #cutOff = new Set<string>();
  readonly #live = new Set<LinkEnd>();
  #links = 0;

  /** `onLink` is told of each new end, before anything is delivered to it. */
  constructor(context: Omit<LinkContext, "connected">, onLink: (end: LinkEnd) => void) {
    this.#context = { ...context, connected: (a, b) => !this.#cutOff.has(`${a} ${b}`) };
    this.#onLink = onLink;
  }

  /** Links made so far. */
  get links(): number {
    return this.#links;
  }

  /** Both directions between two hosts end; what was on its way on ordered paths comes after `heal`. */
  partition(a: number, b: number): void {
    this.#cutOff.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  heal(a: number, b: number): void {
    this.#cutOff.delete(`${a} ${b}`);
    this.#cutOff.delete(`${b} ${a}`);
    this.flow();
  }

  /** Everybody reaches everybody. */
  healAll(): void {
    this.#cutOff.clear();
    this.flow();
  }

  /** Delivers what was held back. */
  flow(): void {
    for (const end of this.#live) {
      if (end.isOver) this.#live.delete(end);
      else end.flow();
    }
  }

  listener(process: SimProcess, pair: PairSettings): Listener {
    return {
      listen: onConnection => {
        this.#listening.set(pair, { process, onConnection });
        return Promise.resolve(`sim://host-${pair.accepts}`);
      },
      close: () => {
        if (this.#listening.get(pair)?.process === process) this.#listening.delete(pair);
        return Promise.resolve();
      },
    };
  }

  connector(process: SimProcess, pair: PairSettings): Connector {
    const { timeline } = this.#context;
    return {
      remote: `sim://host-${pair.accepts}`,
      connect: signal =>
        new Promise((resolve, reject) => {
          const aborted = (): void => reject(new SessionError("aborted", "Connecting was aborted."));
          if (signal.aborted) return aborted();
          signal.addEventListener("abort", aborted, { once: true });
          const attempt = (): void => {
            if (signal.aborted || !process.alive) return;
            const listening = this.#listening.get(pair);
            const reachable = this.#context.connected(pair.connects, pair.accepts);
            if (!reachable || listening?.process.clock.suspended === true || !process.running) {
              timeline.after(500, attempt);
            } else if (listening?.process.alive !== true) {
              reject(new SessionError("connect-failed", "Nobody listens there."));
            } else {
              resolve(this.#connect(process, listening, pair));
            }
          };
          timeline.after(2 * pair.latency, attempt);
        }),
    };
  }

  #connect(process: SimProcess, { process: peer, onConnection }: Listening, pair: PairSettings): Connection {
    const context = this.#context;
    const ordered = pair.delivery === "ordered";
    const ledger = new LinkLedger(++this.#links, ordered, context.findings);
    const End = ordered ? OrderedLinkEnd : DatagramLinkEnd;
    const near = new End(context, process, ledger, 0, pair.latency);
    const far = new End(context, peer, ledger, 1, pair.latency);
    near.far = far;
    far.far = near;
    for (const end of [near, far]) {
      this.#live.add(end);
      this.#onLink(end);
    }
    peer.enter(() => onConnection(far));
    return near;
  }
}
