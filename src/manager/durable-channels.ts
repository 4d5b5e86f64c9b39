import type { RandomSource } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";
import { SessionError } from "../errors/index.js";
import { GroupCommit, QueueByName, sealUnder, type StateSealer } from "../persistence/index.js";
import type { Store } from "../ports/index.js";
import { abortable, throwIfAborted } from "./abortable.js";
import { DurableChannel } from "./durable-channel.js";
import { DurableExchange } from "./durable-exchange.js";
import { DurableLink } from "./durable-link.js";
import type { Identity } from "./identity.js";
import type { MessagesLost } from "./manager-event.js";
import { parsePeerId, peerIdOf, type PeerId } from "./peer-id.js";
import type { Session } from "./session.js";
import type { SessionDriver } from "./session-driver.js";

export interface DurableChannelsParts {
  /** Undefined: there are no durable channels. */
  readonly store: Store | undefined;
  readonly sealer: StateSealer;
  readonly identity: Identity;
  readonly provider: CryptoProvider;
  readonly random: RandomSource;
  readonly onLost: (event: MessagesLost, remote: string, session: Session) => void;
  readonly onError: (error: unknown) => void;
  readonly schedule: (delay: number, then: () => void) => () => void;
}

/** The durable channels of one manager, and the sessions on which they can speak. */
export class DurableChannels {
  readonly #parts: DurableChannelsParts;
  /** Commits of many channels wait for the disk together. */
  readonly #store: Store | undefined;
  readonly #exchanges = new Map<PeerId, DurableExchange>();
  /** By peer, the newest last. */
  readonly #sessions = new Map<PeerId, Map<Session, SessionDriver>>();
  /** One after another: the later one overtakes. */
  readonly #openings = new QueueByName();
  /** How often the process was told that it may be a copy. */
  #reseeds = 0;
  #closed = false;

  constructor(parts: DurableChannelsParts) {
    this.#parts = parts;
    this.#store = parts.store === undefined ? undefined : new GroupCommit(parts.store);
  }

  /** Opens the channel with `peer`: whoever has it open is overtaken. @throws as `SessionManager.durable` */
  async open(peer: PeerId, signal: AbortSignal | undefined): Promise<DurableChannel> {
    throwIfAborted(signal);
    const store = this.#store;
    if (store === undefined)
      throw new SessionError(
        "invalid-argument",
        "Durable messages need a store: give the manager one, such as `store: new MemoryStore()` or an LMDB store.",
      );
    const key = parsePeerId(this.#parts.provider.dh, peer);
    const id = peerIdOf(key);
    const opening = this.#openings.run(id, () => this.#open(store, id, key));
    try {
      return new DurableChannel(id, await abortable(opening, signal));
    } catch (error) {
      if (signal?.aborted === true) void opening.then(exchange => exchange.close()).catch(() => undefined);
      throw error;
    }
  }

  attach(session: Session, driver: SessionDriver): void {
    if (this.#store === undefined || driver.delivery === "datagram") return;
    const sessions = this.#sessions.get(session.peer) ?? new Map<Session, SessionDriver>();
    this.#sessions.set(session.peer, sessions.set(session, driver));
    this.#exchanges.get(session.peer)?.attach(new DurableLink(session, driver), false);
  }

  detach(session: Session): void {
    const sessions = this.#sessions.get(session.peer);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(session.peer);
    this.#exchanges.get(session.peer)?.detach(session);
  }

  /** A durable frame: where no channel is open, nobody's. The peer keeps what was in it. */
  frame(session: Session, plaintext: Uint8Array): void {
    this.#exchanges.get(session.peer)?.frame(session, plaintext);
  }

  drained(session: Session): void {
    this.#exchanges.get(session.peer)?.drained(session);
  }

  /** Every channel goes on under a new fence and a new incarnation; what is opened at present begins with them. */
  async reseed(): Promise<void> {
    this.#reseeds++;
    const renewals = [...this.#exchanges.values()].map(exchange => exchange.renew());
    await Promise.all([...renewals, this.#openings.settled()]);
  }

  /** Closes every channel. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#openings.settled();
    await Promise.all([...this.#exchanges.values()].map(exchange => exchange.close()));
  }

  async #open(store: Store, peer: PeerId, key: Uint8Array): Promise<DurableExchange> {
    if (this.#closed)
      throw new SessionError("session-closed", "This manager has been closed: make a new one.");
    this.#exchanges.get(peer)?.overtaken();
    const { sealer, random, identity, onLost, onError, schedule } = this.#parts;
    const reseeds = this.#reseeds;
    const exchange: DurableExchange = await DurableExchange.open({
      store,
      seal: sealUnder(sealer, random, () => identity.atRestRoot(key)),
      peer,
      onLost: (lost, { remote, session }) => onLost({ type: "lost", peer, ...lost }, remote, session),
      onError,
      schedule,
      onClosed: () => {
        if (this.#exchanges.get(peer) === exchange) this.#exchanges.delete(peer);
      },
    });
    this.#exchanges.set(peer, exchange);
    if (this.#reseeds !== reseeds) await exchange.renew();
    for (const [session, driver] of this.#sessions.get(peer) ?? [])
      exchange.attach(new DurableLink(session, driver), true);
    return exchange;
  }
}
