/// <reference lib="esnext.disposable" preserve="true" />
import { SessionError } from "../errors/index.js";
import { maxDurableMessage } from "../outbox/index.js";
import { abortable, throwIfAborted } from "./abortable.js";
import type { DurableExchange } from "./durable-exchange.js";
import type { DurableMessage, DurableOptions } from "./durable-message.js";
import { messageBytes, type MessageData } from "./message.js";
import type { PeerId } from "./peer-id.js";

/**
 * Messages to and from one peer that outlive sessions and processes: what `send` has made durable is sent in order over whatever ordered session
 * with the peer is alive, again after each loss, until the peer's application has acknowledged it.
 *
 * @see PROTOCOL, section 19; docs/guides/durable-messages.md
 */
export class DurableChannel implements AsyncIterable<DurableMessage>, AsyncDisposable {
  /** The other end. */
  readonly peer: PeerId;
  readonly #exchange: DurableExchange;

  /** @internal */
  constructor(peer: PeerId, exchange: DurableExchange) {
    this.peer = peer;
    this.#exchange = exchange;
  }

  /** Messages that the peer has not acknowledged. */
  get waiting(): number {
    return this.#exchange.waiting;
  }

  /**
   * Makes a message durable (1 to 1,048,551 bytes; text goes as UTF-8), whether or not there is a session. Once the promise has resolved, no crash loses it. It
   * is the same message in every session, by its id. Where this throws, the message was not sent; but after an error that has closed the
   * channel it may have been.
   *
   * @throws plaintext-empty, plaintext-too-large, aborted, session-closed, limit-exceeded, store-fenced, what `alongside` and the store throw
   */
  async send(data: MessageData, options: DurableOptions = {}): Promise<{ readonly id: string }> {
    throwIfAborted(options.signal);
    const bytes = messageBytes(data);
    if (bytes.length === 0) throw new SessionError("plaintext-empty", "A message has at least one byte.");
    if (bytes.length > maxDurableMessage)
      throw new SessionError(
        "plaintext-too-large",
        `A durable message has at most ${maxDurableMessage} bytes (given: ${bytes.length}).`,
      );
    const id = await abortable(
      this.#exchange.send(Uint8Array.from(bytes), options.alongside),
      options.signal,
    );
    return { id };
  }

  /**
   * Resolves when the peer's application has acknowledged everything that was sent, now or in earlier processes.
   *
   * @throws aborted, session-closed where the channel is closed before, and what else has closed it
   */
  async settled(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if ((await this.#exchange.settled(options.signal)) === true) return;
    throw new SessionError(
      "session-closed",
      "The durable channel was closed before: messages wait in the store.",
    );
  }

  /**
   * The next message, or undefined after the channel has been closed. What has not been acknowledged comes again when the channel is opened
   * again. At most 256 messages, or 1 MiB, wait here and in the application's hands.
   *
   * @throws aborted, and what has closed the channel: store-fenced, what the store throws
   */
  receive(options: { readonly signal?: AbortSignal } = {}): Promise<DurableMessage | undefined> {
    return this.#exchange.receive(options.signal);
  }

  /** The messages, till the channel is closed. Throws as `receive`. Leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<DurableMessage, void, undefined> {
    for (;;) {
      const message = await this.receive();
      if (message === undefined) return;
      yield message;
    }
  }

  /**
   * Ends the channel here when what was asked for is done; messages wait in the store, here and at the peer, till it is opened again. Sessions go
   * on. Closing twice is no error. Aborting ends the wait, not the closing.
   *
   * @throws aborted
   */
  close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return abortable(this.#exchange.close(), options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
