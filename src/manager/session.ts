/// <reference lib="esnext.disposable" preserve="true" />
import { toHex, type Secret } from "../bytes/index.js";
import type {
  CloseReason,
  LineageProgress,
  Resumed,
  ResumptionState,
  Role,
  SessionEnd,
  SessionEvent,
  SessionMetrics,
  SessionState,
  SessionStatus,
  SuiteName,
} from "../session/index.js";
import type { Instant } from "../ports/index.js";
import { abortable, throwIfAborted } from "./abortable.js";
import type { ByteStream } from "./byte-stream.js";
import { MessageIterator } from "./message-iterator.js";
import { messageBytes, type Message, type MessageData } from "./message.js";
import { peerIdOf, type PeerId } from "./peer-id.js";
import { unacknowledged, type Sent, type SendStage } from "./sent.js";
import type { SessionParts } from "./session-parts.js";
import type { RequestHandler, RequestOptions, RespondOptions } from "./session-requests.js";

/** An established session with one peer: what an application holds. No key of it can be read. */
export class Session implements AsyncIterable<Message>, AsyncDisposable {
  readonly #parts: SessionParts;
  /** The peer that has proven its key. */
  readonly peer: PeerId;
  /** What the handshake agreed on. */
  readonly suite: SuiteName;
  /** This end's, in the lineage's full handshake. */
  readonly role: Role;
  /** Where the peer is, for people. */
  readonly remote: string;
  /** The id of the session's lineage, 64 hexadecimal digits: that of its first session. Renewals and resumptions keep it. */
  readonly lineage: string;

  /** @internal */
  constructor(parts: SessionParts) {
    const { machine, remote } = parts.driver;
    this.#parts = parts;
    this.peer = peerIdOf(machine.peer!);
    this.suite = machine.suite!;
    this.role = machine.role;
    this.lineage = toHex(machine.lineageId!);
    this.remote = remote;
  }

  /** 64 hexadecimal digits, the same at both ends. A renewal changes it: `renewed` tells both. */
  get id(): string {
    return toHex(this.#parts.driver.machine.id!);
  }

  /** What the peer said of the lineage when this session resumed it; undefined where a full handshake has led here. */
  get resumed(): Resumed | undefined {
    return this.#parts.driver.machine.resumed;
  }

  /** Which end has asked for the restore that this session began with; undefined where it began with a handshake. */
  get restored(): "local" | "peer" | undefined {
    return this.#parts.driver.machine.restored;
  }

  /** Where the session is in its life. */
  get state(): SessionState {
    return this.#parts.driver.machine.state;
  }

  /** How the session ended: resolves once, when it does. It never rejects. */
  get ended(): Promise<SessionEnd> {
    return this.#parts.ended;
  }

  /**
   * Seals one message (1 to 1,048,576 bytes; text goes as UTF-8). What the promise means is `until`: `queued`, the connection has it;
   * `written` (the default), and takes more; `acknowledged`, the peer's session has opened it. Aborting the wait does not take the message
   * back, nor does an error of the wait for the acknowledgement say that the peer has it not.
   *
   * @throws plaintext-empty, plaintext-too-large, session-closed, session-expired, aborted; delivery-unordered where `acknowledged` is asked
   * for on datagrams; what ended the session, while the acknowledgement is waited for
   */
  async send<Stage extends SendStage = "written">(
    data: MessageData,
    options: { readonly until?: Stage; readonly signal?: AbortSignal } = {},
  ): Promise<Sent<Stage>> {
    const { signal } = options;
    const until: SendStage = options.until ?? "written";
    throwIfAborted(signal);
    if (until === "acknowledged" && this.#parts.driver.delivery === "datagram") throw unacknowledged();
    const sealed = this.#seal(now => this.#parts.driver.machine.send(messageBytes(data), now), signal);
    if (sealed !== undefined) await sealed;
    if (until === "acknowledged") {
      const roundTrip = await abortable(this.#parts.pings.ping(), signal);
      return { stage: until, roundTrip } as Sent<Stage>;
    }
    if (until === "written") await this.#drained(signal);
    return { stage: until } as Sent<Stage>;
  }

  /** Seals several messages as one frame: they arrive together. At most 4,096, and 1 MiB with 4 bytes for each. @throws as `send`, batch-empty, batch-too-long */
  async sendBatch(
    items: readonly MessageData[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    throwIfAborted(options.signal);
    const seal = (now: Instant): void => this.#parts.driver.machine.sendBatch(items.map(messageBytes), now);
    const sealed = this.#seal(seal, options.signal);
    if (sealed !== undefined) await sealed;
    await this.#drained(options.signal);
  }

  /**
   * The next message, or undefined after the peer has closed the session.
   *
   * @throws session-truncated where the end was not announced; aborted; the error that ended the session
   */
  receive(options: { readonly signal?: AbortSignal } = {}): Promise<Message | undefined> {
    const { signal } = options;
    const next = this.#parts.inbox.take(signal);
    if (signal === undefined) return next;
    return next.catch((error: unknown) => {
      throwIfAborted(signal);
      throw error;
    });
  }

  /** The messages, till the peer closes the session. Throws as `receive`. Leaving the loop closes nothing. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, void, undefined> {
    return new MessageIterator(this);
  }

  /**
   * Milliseconds to the peer's session and back. Whoever asks while one ping is out shares the next.
   *
   * @throws aborted, what ended the session
   */
  async ping(options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    throwIfAborted(options.signal);
    return abortable(this.#parts.pings.ping(), options.signal);
  }

  /**
   * Opens a stream of bytes, at once: the peer learns of it with what is written, or now. `label`: at most 255 bytes of UTF-8, told to
   * the peer. The signal gives the stream up when it aborts, as `reset` does. Needs an ordered connection. While nobody takes the messages
   * that have come and the inbox is full, streams wait, too.
   *
   * @throws delivery-unordered, invalid-argument, aborted, session-closed, stream-refused where the ids are used up, what ended the session
   */
  openStream(options: { readonly label?: string; readonly signal?: AbortSignal } = {}): ByteStream {
    const { label = "", signal } = options;
    throwIfAborted(signal);
    const stream = this.#parts.streams.open(label);
    if (signal !== undefined) {
      const abort = (): void => stream.reset();
      signal.addEventListener("abort", abort, { once: true });
      void stream.closed.then(() => signal.removeEventListener("abort", abort));
    }
    return stream;
  }

  /**
   * The next stream that the peer has opened, or undefined after the session has been closed. Streams that nobody takes hold a place among
   * those that the peer may have open.
   *
   * @throws aborted, what ended the session
   */
  async acceptStream(options: { readonly signal?: AbortSignal } = {}): Promise<ByteStream | undefined> {
    return this.#parts.streams.accept(options.signal);
  }

  /** The streams that the peer opens, till the session is closed. Throws as `acceptStream`. Leaving the loop closes nothing. */
  async *incomingStreams(
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ByteStream, void, undefined> {
    for (;;) {
      const stream = await this.acceptStream(options);
      if (stream === undefined) return;
      yield stream;
    }
  }

  /**
   * Asks the peer's handler of `label` (at most 255 bytes of UTF-8), and gives its reply. Each request is a stream of its own: many can be
   * under way, and none waits for another. `data`: any length that the peer takes, 1 MiB by default.
   *
   * @throws request-failed, with a `RequestError` as `cause` where the handler has thrown one; request-unhandled, request-timeout, aborted,
   * stream-refused where the peer has enough under way, delivery-unordered, invalid-argument, what ended the session
   */
  async request(label: string, data: MessageData, options: RequestOptions = {}): Promise<Message> {
    return this.#parts.requests.request(label, data, options);
  }

  /**
   * Answers the peer's requests of `label` by `handler`, whose signal aborts when the requester gives up. Requests that come within a
   * second before their handler wait for it. The result takes the handler away: what it has begun, it finishes.
   *
   * @throws invalid-argument where the label has a handler
   */
  respond(label: string, handler: RequestHandler, options: RespondOptions = {}): () => void {
    return this.#parts.requests.respond(label, handler, options);
  }

  /**
   * Seals `plaintext` (1 to 1,048,576 bytes) as a bare record, 28 bytes longer, for the application to carry, on any way. Bare records have
   * keys and a sequence of their own: one that comes late, out of order or never costs no message. The peer opens each once, while its epoch
   * is one of the last four and its grace time is not over, and not far behind the newest (8,160).
   *
   * @throws plaintext-empty, plaintext-too-large, session-closed, session-expired, limit-exceeded, nonce-exhausted; nothing has changed then
   */
  encrypt(plaintext: Uint8Array): Uint8Array {
    return this.#parts.driver.run(now => this.#parts.driver.machine.encrypt(plaintext, now));
  }

  /**
   * As `encrypt`, at the beginning of `output`, which shares no memory with `plaintext`: nothing is allocated for it. Returns the length of the
   * record, 28 bytes more than the plaintext's.
   *
   * @throws as `encrypt`; invalid-argument where the record does not fit into `output`: nothing has changed then
   */
  encryptInto(plaintext: Uint8Array, output: Uint8Array): number {
    return this.#parts.driver.run(now => this.#parts.driver.machine.encryptInto(plaintext, output, now));
  }

  /** Opens a bare record (29 to 1,048,604 bytes). @throws as `SessionMachine.decrypt`; the session goes on */
  decrypt(record: Uint8Array): Uint8Array {
    return this.#parts.driver.run(now => this.#parts.driver.machine.decrypt(record, now));
  }

  /**
   * As `decrypt`, to the beginning of `output`: nothing is allocated for it. Returns the length of the plaintext, 28 bytes less than the record's.
   *
   * @throws as `decrypt`; invalid-argument where the plaintext does not fit into `output`: the record can still be opened then
   */
  decryptInto(record: Uint8Array, output: Uint8Array): number {
    return this.#parts.driver.run(now => this.#parts.driver.machine.decryptInto(record, output, now));
  }

  /** Seals messages as one batch frame, for the application to carry: on an ordered connection, in its place among the messages. @throws as `SessionMachine.encryptBatch` */
  encryptBatch(items: readonly Uint8Array[]): Uint8Array {
    return this.#parts.driver.run(now => this.#parts.driver.machine.encryptBatch(items, now));
  }

  /** Opens a batch frame. @throws as `SessionMachine.decryptBatch`; the session goes on */
  decryptBatch(frame: Uint8Array): Uint8Array[] {
    return this.#parts.driver.run(now => this.#parts.driver.machine.decryptBatch(frame, now));
  }

  /**
   * Moves this direction to a new key and tells the peer at once, which then erases the old one. Costs no round trip.
   *
   * @throws rotation-exhausted, session-closed
   */
  rotateKeys(): void {
    this.#parts.driver.run(now => {
      this.#parts.driver.machine.rotateKeys(now);
      this.#parts.driver.machine.announceEpoch(now);
    });
  }

  /**
   * Proposes a generation: fresh X25519 and, in hybrid sessions, ML-KEM-768, for both directions. `epoch-advanced` tells when
   * it has come about. It happens by itself as well: see `SessionManagerOptions.keyPolicy`.
   *
   * @throws rotation-exhausted, session-closed, session-expired
   */
  advanceEpoch(): void {
    this.#parts.driver.run(now => this.#parts.driver.machine.advanceEpoch(now));
  }

  /**
   * Proposes a renewal: a new session inside this one, with both static keys. `renewed` tells when it has come about; this
   * handle stays. It happens by itself at the warning edge of a limit.
   *
   * @throws session-closed, session-expired
   */
  renew(): void {
    this.#parts.driver.run(now => this.#parts.driver.machine.renew(now));
  }

  /** Whether the next send will succeed, and until when or for how many more: exact for the limits at this moment. */
  checkHealth(): SessionStatus {
    return this.#parts.driver.run(now => this.#parts.driver.machine.checkHealth(now));
  }

  /**
   * A key for the application's own use (1 to 8160 bytes), the same at both ends for the same label and context: channel
   * binding. The caller disposes it. After a restore (`persist: "full"`) it is the same again: an application that counts nonces from 0 under it repeats them.
   *
   * @throws invalid-argument, session-closed
   */
  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return this.#parts.driver.machine.exportKey(label, context, length);
  }

  /** What the session has done so far, counted. */
  metrics(): SessionMetrics {
    return this.#parts.driver.machine.metrics();
  }

  /** Calls `listener` for each event of that type. The result takes it away again. */
  on<Type extends SessionEvent["type"]>(
    type: Type,
    listener: (event: Extract<SessionEvent, { type: Type }>) => void,
  ): () => void {
    return this.#parts.on(type, listener);
  }

  /**
   * Announces the end when what was written to streams has gone out, or after 5 s, and resolves when the peer has answered, or after 5 s
   * more. Closing twice is no error. Aborting ends the wait, not the closing.
   *
   * @throws aborted
   */
  close(reason: CloseReason = "normal", options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return abortable(this.#close(reason), options.signal);
  }

  /** @internal What may be kept to resume the session; the caller disposes the secrets. */
  resumptionState(): ResumptionState | undefined {
    return this.#parts.driver.run(now => this.#parts.driver.machine.resumptionState(now));
  }

  /** @internal How far the lineage has come, also after the end. */
  lineageProgress(): LineageProgress {
    const { driver } = this.#parts;
    return driver.machine.lineageProgress(driver.now())!;
  }

  /** @internal Ends the session as cut: its lineage goes on elsewhere. */
  abandon(): void {
    this.#parts.driver.destroy();
  }

  /** Seals now; or, where what may be sent is leased, when there is enough of that. */
  #seal(seal: (now: Instant) => void, signal: AbortSignal | undefined): Promise<void> | undefined {
    const { driver, leases } = this.#parts;
    if (leases === undefined) driver.run(seal);
    else return leases.run(() => driver.run(seal), signal);
    return undefined;
  }

  async #close(reason: CloseReason): Promise<void> {
    if (this.#parts.streams.active) await this.#parts.streams.close();
    this.#parts.driver.run(now => this.#parts.driver.machine.close(reason, now));
    await this.#parts.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drained(signal: AbortSignal | undefined): Promise<void> {
    while (this.#parts.driver.blocked) await abortable(this.#parts.drained(), signal);
  }
}
