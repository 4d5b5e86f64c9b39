import { fromHex, toHex } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import {
  decodeDurable,
  messageId,
  type Contradiction,
  type DurableFrame,
  type DurableState,
  type LostMessages,
} from "../outbox/index.js";
import { DurableJournal, type Seal } from "../persistence/index.js";
import type { Store } from "../ports/index.js";
import type { DurableLink } from "./durable-link.js";
import { DurableTransmitter } from "./durable-transmitter.js";
import { DurableMessage } from "./durable-message.js";
import type { Session } from "./session.js";
import { Takers } from "./takers.js";

/** How long, in milliseconds, what the store did not take waits till it is tried again, and what it can let go of till it does. */
const retryTime = 1_000;

/** Acknowledged messages that leave the store at once. */
const trimmedAtOnce = 64;

export interface ExchangeParts {
  readonly store: Store;
  readonly seal: Seal;
  /** 64 hexadecimal digits. */
  readonly peer: string;
  readonly onLost: (lost: LostMessages, link: DurableLink) => void;
  readonly onError: (error: unknown) => void;
  /** Called once, when the channel is over. */
  readonly onClosed: () => void;
  /** Calls `then` once, in `delay` milliseconds or a little later. The result cancels it. */
  readonly schedule: (delay: number, then: () => void) => () => void;
}

/** What runs a durable channel: carries frames between the journal and the sessions with one peer. */
export class DurableExchange {
  readonly #parts: ExchangeParts;
  #journal!: DurableJournal;
  #transmitter!: DurableTransmitter;
  /** The newest last. */
  readonly #links = new Map<Session, DurableLink>();
  readonly #takers = new Takers<DurableMessage>();
  /** Those who wait until nothing waits for the peer. */
  readonly #settlers = new Takers<true>();
  readonly #messages: DurableMessage[] = [];
  /** New incarnations that are being stored. */
  #replacing = 0;
  #closed = false;
  #closing: Promise<void> | undefined;
  #cancelSoon: (() => void) | undefined;

  private constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** @throws snapshot-invalid, nonce-exhausted, store-fenced, what the store throws */
  static async open(parts: ExchangeParts): Promise<DurableExchange> {
    const exchange = new DurableExchange(parts);
    exchange.#journal = await DurableJournal.open(parts.store, parts.seal, parts.peer, {
      changed: () => exchange.#transmitter.pump(),
      failed: error => exchange.#end(error),
      delayed: error => exchange.#later(error),
    });
    exchange.#transmitter = new DurableTransmitter(exchange.#journal, error => exchange.#unreadable(error));
    return exchange;
  }

  get waiting(): number {
    return this.#journal.sender.waiting;
  }

  async send(bytes: Uint8Array, alongside: (() => void) | undefined): Promise<string> {
    this.#checkAlongside(alongside);
    const { incarnation, seq } = await this.#journal.send(bytes, alongside);
    return messageId(incarnation, seq);
  }

  receive(signal: AbortSignal | undefined): Promise<DurableMessage | undefined> {
    return this.#takers.take(signal, () => this.#messages.shift());
  }

  /** Resolves when nothing waits for the peer; undefined where the channel was closed before. */
  settled(signal: AbortSignal | undefined): Promise<true | undefined> {
    return this.#settlers.take(signal, () => (this.waiting === 0 ? true : undefined));
  }

  /** A session with the peer is there. `late`: it was there before this channel, so that this end asks. */
  attach(link: DurableLink, late: boolean): void {
    if (this.#closed) return;
    this.#links.set(link.session, link);
    if (late || link.begins) this.#tellState(link, true);
  }

  detach(session: Session): void {
    const link = this.#links.get(session);
    this.#links.delete(session);
    if (link === undefined || link !== this.#transmitter.link) return;
    this.#transmitter.suspend();
    const other = [...this.#links.values()].at(-1);
    if (other !== undefined) this.#tellState(other, true);
  }

  /** A frame of the peer; one that breaks a rule ends the session. */
  frame(session: Session, plaintext: Uint8Array): void {
    const link = this.#links.get(session);
    if (link === undefined) return;
    try {
      const frame = decodeDurable(plaintext);
      if (frame.kind === "state") this.#opened(link, frame);
      else if (link.opened) this.#spoken(frame);
    } catch (error) {
      link.fail(error);
    }
  }

  /** The path of a session has room, or its limits begin again. */
  drained(session: Session): void {
    const link = this.#links.get(session);
    if (link === undefined) return;
    if (link.stalled) {
      link.stalled = false;
      this.#tellState(link, true);
    } else {
      link.flush();
      this.#transmitter.pump();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#journal.close().then(() => this.#end(undefined));
    return this.#closing;
  }

  /** Another opening takes over. */
  overtaken(): void {
    const message = "This durable channel has been opened again: use the later one.";
    this.#end(new SessionError("store-fenced", message));
  }

  #end(error: SessionError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelSoon?.();
    this.#links.clear();
    this.#transmitter.stop();
    this.#messages.length = 0;
    this.#takers.end(error);
    this.#settlers.end(error);
    void this.#journal.close(error);
    this.#parts.onClosed();
  }

  #tellState(link: DurableLink, asks: boolean): void {
    if (this.#replacing > 0) return;
    const { sender, receiver } = this.#journal;
    link.send({ kind: "state", asks, sent: sender.state, ...receiver.state });
  }

  #opened(link: DurableLink, state: DurableState): void {
    // The answer is wrong by the time it would arrive: this end asks again when it has a new incarnation.
    if (this.#replacing > 0) return;
    // Before anything else: the peer finds in it what this end finds.
    if (state.asks) this.#tellState(link, false);
    const { sender, receiver } = this.#journal;
    // A later opening than this one was seen: another process has the channel, or the store has gone back. What this end has read of it is old either way.
    const later = sender.contradiction(state);
    if (later?.cause === "fence") return this.#replace(state, link, later);
    // The same at the other end, which finds out what it is.
    if (receiver.contradiction(state.sent)?.cause === "fence") return;
    const own = sender.opened(state);
    const peers = receiver.opened(state.sent);
    for (const lost of [...own.lost, ...peers.lost]) this.#parts.onLost(lost, link);
    if (peers.changed) this.#journal.saveReceiver();
    this.#trimSoon();
    if (own.contradiction !== undefined) {
      this.#replace(state, link, own.contradiction);
      return link.quarantine({ whose: "own", ...own.contradiction });
    }
    if (peers.contradiction !== undefined) return link.quarantine({ whose: "peer", ...peers.contradiction });
    link.opened = true;
    this.#transmitter.sendOn(link);
  }

  #spoken(frame: Exclude<DurableFrame, { readonly kind: "state" }>): void {
    const { sender, receiver } = this.#journal;
    if (frame.kind === "acknowledged") {
      if (!sender.acknowledge(frame.incarnation, frame.seq)) return;
      this.#trimSoon();
      this.#transmitter.pump();
    } else if (receiver.message(frame.incarnation, frame.seq, frame.bytes.length) === "new") {
      const { seq } = frame;
      const hex = toHex(frame.incarnation);
      const message = new DurableMessage(messageId({ hex }, seq), frame.bytes, alongside =>
        this.#acknowledge(hex, seq, alongside),
      );
      if (!this.#takers.give(message)) this.#messages.push(message);
    }
  }

  async #acknowledge(hex: string, seq: bigint, alongside: (() => void) | undefined): Promise<void> {
    this.#checkAlongside(alongside);
    await this.#journal.acknowledge(hex, seq, alongside);
    const { link } = this.#transmitter;
    if (link === undefined) return;
    link.acknowledge({ kind: "acknowledged", incarnation: fromHex(hex)!, seq }, hex);
  }

  /**
   * This end's state was put back, or cloned: the session is quarantined, and the channel goes on above all that the peer has seen. Where it was
   * merely overtaken by another process it ends as `store-fenced`, and nobody is to blame.
   */
  #replace({ received, floor }: DurableState, link: DurableLink, found: Contradiction): void {
    const above = received.reduce(
      (highest, { incarnation: { fence } }) => (fence > highest ? fence : highest),
      floor,
    );
    void this.#goOnAbove(above, () => {
      if (this.#links.has(link.session)) link.quarantine({ whose: "own", ...found });
    });
  }

  /** Goes on under a new fence and a new incarnation. Never rejects: where that cannot be, the channel has ended. */
  async renew(): Promise<void> {
    if (!this.#closed) await this.#goOnAbove(0n, () => undefined);
  }

  async #goOnAbove(above: bigint, then: () => void): Promise<void> {
    this.#replacing++;
    this.#transmitter.suspend();
    try {
      await this.#journal.replace(above);
    } catch (error) {
      return this.#parts.onError(error);
    } finally {
      this.#replacing--;
    }
    then();
    for (const other of this.#links.values()) this.#tellState(other, true);
  }

  /** A message that cannot be read: one that never can be ends the channel, since what comes after it must wait for it. */
  #unreadable(error: unknown): void {
    if (SessionError.is(error, "snapshot-invalid")) this.#end(error);
    else this.#later(error);
  }

  #later(error: unknown): void {
    this.#parts.onError(error);
    this.#soon();
  }

  /** Acknowledged messages wait a little before they leave the store: one write for many. */
  #trimSoon(): void {
    if (this.waiting === 0) while (this.#settlers.give(true));
    const waiting = this.#journal.sender
      .trimmable()
      .reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0);
    if (waiting >= trimmedAtOnce) this.#journal.trim();
    else if (waiting > 0) this.#soon();
  }

  #soon(): void {
    if (this.#closed) return;
    this.#cancelSoon ??= this.#parts.schedule(retryTime, () => {
      this.#cancelSoon = undefined;
      this.#journal.trim();
      this.#transmitter.pump();
    });
  }

  #checkAlongside(alongside: (() => void) | undefined): void {
    if (alongside === undefined || this.#parts.store.transactional) return;
    throw new SessionError(
      "invalid-argument",
      "This store does not take writes of the application alongside: use one that is transactional.",
    );
  }
}
