import { SessionError } from "../errors/index.js";
import {
  maxWaitingIncarnations,
  type DurableReceiver,
  type DurableSender,
  type Incarnation,
  type MessageRange,
} from "../outbox/index.js";
import type { ExpectedVersion, Store, StoreWrite } from "../ports/index.js";
import { encodeInbox, encodeOutboxHead, inboxCodec, outboxHeadCodec } from "./durable-codec.js";
import { loadChannel, newIncarnation, type LoadedChannel } from "./durable-loading.js";
import {
  alongsideOf,
  outOfTurn,
  tooManyIncarnations,
  type Acknowledging,
  type Alongside,
  type Job,
  type Replacing,
  type Sending,
} from "./durable-jobs.js";
import { DurableWriter } from "./durable-writer.js";
import { DurableRows } from "./durable-rows.js";
import type { DurableNames } from "./durable-names.js";
import type { Seal } from "./seal.js";

/** Messages in one transaction at most, and let go in one. */
const messagesAtOnce = 256;
/** Bytes of messages in one transaction at which no more are taken into it. */
const bytesAtOnce = 2 ** 20;

interface Trimming {
  readonly range: MessageRange;
  readonly removals: readonly StoreWrite[];
}

/** What a journal tells its owner. */
export interface JournalEvents {
  /** Something is durable that was not: a message can go out, an acknowledgement be told. */
  readonly changed: () => void;
  /** Nothing more can be written: by `error`. */
  readonly failed: (error: SessionError) => void;
  /** Something that was to be let go or remembered was not, and is tried again with the next write. */
  readonly delayed: (error: unknown) => void;
}

/**
 * What is durable of a durable channel. One transaction at a time, each under the channel's fence; what was asked for meanwhile goes
 * into the next. `sender` and `receiver` know what is durable, and nothing else.
 *
 * @see PROTOCOL, section 19
 */
export class DurableJournal {
  readonly sender: DurableSender;
  readonly receiver: DurableReceiver;
  /** Where the messages are. */
  readonly rows: DurableRows;
  readonly #seal: Seal;
  readonly #names: DurableNames;
  readonly #writer: DurableWriter;
  readonly #events: JournalEvents;
  readonly #queue: Job[] = [];
  #run: Promise<void> | undefined;
  #error: SessionError | undefined;
  #headVersion: ExpectedVersion;
  #inboxVersion: ExpectedVersion;
  /** The head names the present incarnation, so that messages under it are found again. */
  #headNamesPresent = false;
  #headChanged = false;
  #inboxChanged = false;
  /** What the peer has acknowledged is let go of now, not with the next write. */
  #trimAsked = false;
  #delayed = false;

  private constructor(store: Store, seal: Seal, loaded: LoadedChannel, events: JournalEvents) {
    this.rows = new DurableRows(store, seal, loaded.names);
    this.#seal = seal;
    this.#names = loaded.names;
    this.sender = loaded.sender;
    this.receiver = loaded.receiver;
    this.#headVersion = loaded.headVersion;
    this.#inboxVersion = loaded.inboxVersion;
    this.#writer = new DurableWriter(store, loaded.fence);
    this.#events = events;
  }

  /** @throws snapshot-invalid, nonce-exhausted, store-fenced, what the store throws */
  static async open(store: Store, seal: Seal, peer: string, events: JournalEvents): Promise<DurableJournal> {
    return new DurableJournal(store, seal, await loadChannel(store, seal, peer), events);
  }

  /** Makes a message durable. @throws what the store throws, what `alongside` throws: the message is not sent then, but where the store stays away */
  send(
    bytes: Uint8Array,
    alongside: Alongside,
  ): Promise<{ readonly incarnation: Incarnation; readonly seq: bigint }> {
    return new Promise((resolve, reject) => this.#ask({ kind: "send", bytes, alongside, resolve, reject }));
  }

  /** Makes an acknowledgement durable. @throws invalid-argument where it is not the next; as `send`: it can be asked for again then */
  acknowledge(incarnation: string, seq: bigint, alongside: Alongside): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#ask({ kind: "acknowledge", incarnation, seq, alongside, resolve, reject }),
    );
  }

  /** Takes a fence above `above`, and goes on under a new incarnation. @throws what the store throws */
  replace(above: bigint): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#ask({ kind: "replace", above, alongside: undefined, resolve, reject }),
    );
  }

  /** Stores what the receiver has learned of the peer's incarnations, with the next write. */
  saveReceiver(): void {
    this.#inboxChanged = true;
    this.#begin();
  }

  /** Lets go of what the peer has acknowledged; every write does, as much as goes into one. */
  trim(): void {
    this.#trimAsked = true;
    this.#begin();
  }

  /** Takes nothing more; what was asked for is done. `error`: what is answered from now on. */
  async close(error?: SessionError): Promise<void> {
    if (error === undefined) this.trim();
    this.#error ??=
      error ?? new SessionError("session-closed", "This durable channel has been closed: open it again.");
    await this.#run;
  }

  #ask(job: Job): void {
    if (this.#error !== undefined) return job.reject(this.#error);
    const { waitingIncarnations } = this.sender;
    if (job.kind === "send" && !this.#headNamesPresent && waitingIncarnations >= maxWaitingIncarnations)
      return job.reject(tooManyIncarnations());
    if (job.kind === "replace") this.#queue.unshift(job);
    else this.#queue.push(job);
    this.#begin();
  }

  #begin(): void {
    this.#delayed = false;
    // In a later turn: what is asked for in this one is one transaction.
    this.#run ??= Promise.resolve()
      .then(() => this.#writeAll())
      .finally(() => {
        this.#run = undefined;
        if (this.#due) this.#begin();
      });
  }

  async #writeAll(): Promise<void> {
    while (this.#due) {
      const [first] = this.#queue;
      if (first?.kind === "replace") await this.#replace(first);
      else await this.#write();
    }
  }

  get #due(): boolean {
    if (this.#writer.closed !== undefined) return false;
    if (this.#queue.length > 0) return true;
    if (this.#delayed) return false;
    if (this.sender.trimmable().length === 0) this.#trimAsked = false;
    return this.#inboxChanged || this.#headChanged || this.#trimAsked;
  }

  async #replace(job: Replacing): Promise<void> {
    this.#queue.shift();
    try {
      const fence = await this.#writer.raise(job.above);
      this.sender.replace(newIncarnation(this.#seal, fence));
      this.#headNamesPresent = false;
      this.#headChanged = true;
      await this.#write();
      job.resolve();
    } catch (error) {
      job.reject(error);
      this.#failIfClosed();
    }
  }

  /** One transaction of what waits, up to the next replacement. */
  async #write(): Promise<void> {
    const sends: Sending[] = [];
    const acknowledgements: Acknowledging[] = [];
    const next = new Map<string, bigint>();
    let bytes = 0;
    while (sends.length + acknowledgements.length < messagesAtOnce && bytes < bytesAtOnce) {
      const job = this.#queue[0];
      if (job === undefined || job.kind === "replace") break;
      this.#queue.shift();
      if (job.kind === "send") {
        sends.push(job);
        bytes += job.bytes.length;
      } else if (
        next.get(job.incarnation) === job.seq ||
        (!next.has(job.incarnation) && this.receiver.isNext(job.incarnation, job.seq))
      ) {
        acknowledgements.push(job);
        next.set(job.incarnation, job.seq + 1n);
      } else {
        job.reject(outOfTurn());
      }
    }
    await this.#commit(sends, acknowledgements);
  }

  async #commit(sends: readonly Sending[], acknowledgements: readonly Acknowledging[]): Promise<void> {
    const { sender, receiver } = this;
    const jobs: readonly Job[] = [...sends, ...acknowledgements];
    const incarnation = sender.present;
    const first = sender.nextSeq;
    const thrown: { job?: Job } = {};
    const changed = { inbox: false, head: false };
    let trimmed: Trimming | undefined;
    try {
      trimmed = await this.#trimming();
      // Only now: what has changed while rows were looked up belongs to this transaction, and what changes from here on to the next.
      Object.assign(changed, { inbox: this.#inboxChanged, head: this.#headChanged });
      [this.#inboxChanged, this.#headChanged] = [false, false];
      const messages = sends.map(({ bytes }, i) => this.rows.message(incarnation, first + BigInt(i), bytes));
      const named = sends.length === 0 || this.#headNamesPresent;
      const inbox = changed.inbox || acknowledgements.length > 0 ? [this.#inboxWrite(acknowledgements)] : [];
      const head = changed.head || trimmed !== undefined || !named ? [this.#headWrite()] : [];
      const writes = [...inbox, ...head, ...messages, ...(trimmed?.removals ?? [])];
      if (writes.length === 0) return;
      const versions = await this.#writer.write(writes, alongsideOf(jobs, thrown));
      if (inbox.length > 0) this.#inboxVersion = versions[0];
      if (head.length > 0) {
        this.#headVersion = versions[inbox.length];
        this.#headNamesPresent = true;
      }
    } catch (error) {
      this.#inboxChanged ||= changed.inbox;
      this.#headChanged ||= changed.head;
      return this.#refused(jobs, thrown, error);
    }
    if (trimmed !== undefined) sender.trimmed(trimmed.range);
    sends.forEach(({ bytes, resolve }, i) => {
      const seq = first + BigInt(i);
      sender.stored(incarnation, seq);
      this.rows.remember(incarnation, seq, bytes);
      resolve({ incarnation, seq });
    });
    for (const { incarnation: hex, seq, resolve } of acknowledgements) {
      receiver.acknowledged(hex, seq);
      resolve();
    }
    this.#events.changed();
  }

  /** What leaves the store with the next transaction; undefined where nothing can. */
  async #trimming(): Promise<Trimming | undefined> {
    const range = this.sender.trimmable().at(0);
    if (range === undefined) return undefined;
    const most = range.first + BigInt(messagesAtOnce) - 1n;
    const taken = { ...range, last: range.last < most ? range.last : most };
    return { range: taken, removals: await this.rows.removals(taken) };
  }

  #inboxWrite(acknowledgements: readonly Acknowledging[]): StoreWrite {
    const also = new Map(acknowledgements.map(({ incarnation, seq }) => [incarnation, seq]));
    const bytes = encodeInbox(this.receiver.toStore(also));
    return this.rows.put(this.#names.inbox, this.#inboxVersion, inboxCodec, bytes);
  }

  #headWrite(): StoreWrite {
    const bytes = encodeOutboxHead(this.sender.state);
    return this.rows.put(this.#names.head, this.#headVersion, outboxHeadCodec, bytes);
  }

  /** Where `alongside` of one job has thrown, the others are tried again. */
  #refused(jobs: readonly Job[], thrown: { readonly job?: Job }, error: unknown): void {
    if (thrown.job !== undefined) {
      thrown.job.reject(error);
      const others = jobs.filter(job => job !== thrown.job);
      this.#queue.unshift(...others);
      return;
    }
    for (const { reject } of jobs) reject(error);
    if (this.#failIfClosed()) return;
    if (jobs.length > 0) return;
    this.#delayed = true;
    this.#events.delayed(error);
  }

  /** After a failure that leaves no way on, everybody is told. */
  #failIfClosed(): boolean {
    const error = this.#writer.closed;
    if (error === undefined) return false;
    this.#error = error;
    for (const { reject } of this.#queue.splice(0)) reject(error);
    this.#events.failed(error);
    return true;
  }
}
