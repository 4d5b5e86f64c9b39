/// <reference lib="esnext.disposable" preserve="true" />
import { toHex, type Secret } from "../bytes/index.js";
import { SessionError } from "../errors/index.js";
import type {
  CloseReason,
  Role,
  SessionEnd,
  SessionEvent,
  SessionMetrics,
  SessionState,
  SessionStatus,
  SuiteName,
} from "../session/index.js";
import type { Inbox } from "./inbox.js";
import { messageBytes, type Message, type MessageData } from "./message.js";
import { peerIdOf, type PeerId } from "./peer-id.js";
import type { SessionDriver } from "./session-driver.js";

/** What the manager hands to a session that it makes. */
export interface SessionParts {
  readonly driver: SessionDriver;
  readonly inbox: Inbox<Message>;
  readonly drained: () => Promise<void>;
  readonly ended: Promise<SessionEnd>;
  readonly finished: Promise<void>;
  readonly on: <Type extends SessionEvent["type"]>(
    type: Type,
    listener: (event: Extract<SessionEvent, { type: Type }>) => void,
  ) => () => void;
}

/** An established session with one peer: what an application holds. No key of it can be read. */
export class Session implements AsyncIterable<Message>, AsyncDisposable {
  readonly #parts: SessionParts;
  /** The peer that has proven its key. */
  readonly peer: PeerId;
  readonly suite: SuiteName;
  readonly role: Role;
  /** Where the peer is, for people. */
  readonly remote: string;

  /** @internal */
  constructor(parts: SessionParts) {
    const { machine, remote } = parts.driver;
    this.#parts = parts;
    this.peer = peerIdOf(machine.peer!);
    this.suite = machine.suite!;
    this.role = machine.role;
    this.remote = remote;
  }

  /** 64 hexadecimal digits, the same at both ends. A renewal changes it: `renewed` tells both. */
  get id(): string {
    return toHex(this.#parts.driver.machine.id!);
  }

  get state(): SessionState {
    return this.#parts.driver.machine.state;
  }

  /** How the session ended: resolves once, when it does. It never rejects. */
  get ended(): Promise<SessionEnd> {
    return this.#parts.ended;
  }

  /**
   * Seals and writes one message (1 to 1,048,576 bytes; text goes as UTF-8), and resolves when the connection takes more. That
   * the peer has it is not promised. Aborting the wait does not take the message back.
   *
   * @throws plaintext-empty, plaintext-too-large, session-closed, aborted
   */
  async send(data: MessageData, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    throwIfAborted(options.signal);
    this.#parts.driver.run(now => this.#parts.driver.machine.send(messageBytes(data), now));
    await this.#drained(options.signal);
  }

  /** Seals several messages as one frame: they arrive together. At most 1 MiB with 4 bytes for each. @throws as `send`, batch-empty */
  async sendBatch(
    items: readonly MessageData[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    throwIfAborted(options.signal);
    this.#parts.driver.run(now => this.#parts.driver.machine.sendBatch(items.map(messageBytes), now));
    await this.#drained(options.signal);
  }

  /**
   * The next message, or undefined after the peer has closed the session.
   *
   * @throws session-truncated where the end was not announced; aborted; the error that ended the session
   */
  async receive(options: { readonly signal?: AbortSignal } = {}): Promise<Message | undefined> {
    try {
      return await this.#parts.inbox.take(options.signal);
    } catch (error) {
      throwIfAborted(options.signal);
      throw error;
    }
  }

  /** The messages, till the peer closes the session. Throws as `receive`. Leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const message = await this.receive();
      if (message === undefined) return;
      yield message;
    }
  }

  /**
   * Seals `plaintext` (1 to 1,048,576 bytes) as a bare record, 28 bytes longer, for the application to carry. On an ordered
   * connection bare records share one sequence with messages and with what the session sends by itself (rotations, generations, renewals):
   * the peer must open them all in the order of their making, or refuses what comes next. Where that cannot be had, send messages.
   *
   * @throws plaintext-empty, plaintext-too-large, session-closed, nonce-exhausted; nothing has changed then
   */
  encrypt(plaintext: Uint8Array): Uint8Array {
    return this.#parts.driver.run(now => this.#parts.driver.machine.encrypt(plaintext, now));
  }

  /** Opens a bare record (29 to 1,048,604 bytes). @throws as `SessionMachine.decrypt`; the session goes on */
  decrypt(record: Uint8Array): Uint8Array {
    return this.#parts.driver.run(now => this.#parts.driver.machine.decrypt(record, now));
  }

  /** Seals messages as one batch frame, for the application to carry. @throws as `SessionMachine.encryptBatch` */
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
   * binding. The caller disposes it.
   *
   * @throws invalid-argument, session-closed
   */
  exportKey(label: string, context: Uint8Array, length: number): Secret {
    return this.#parts.driver.machine.exportKey(label, context, length);
  }

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

  /** Announces the end, and resolves when the peer has answered or after 5 s. Closing twice is no error. */
  async close(reason: CloseReason = "normal"): Promise<void> {
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

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

/** The error of everything that an AbortSignal ends. */
export function abortedError(signal: AbortSignal): SessionError<"aborted"> {
  return new SessionError("aborted", "The caller's signal ended the wait.", { cause: signal.reason });
}

/** `promise`, or a rejection as soon as `signal` aborts. @throws aborted */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
