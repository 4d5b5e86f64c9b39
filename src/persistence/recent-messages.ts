import { windowBytes, windowMessages } from "../outbox/index.js";

/** Messages that have just become durable and go out next, so that they need not be read again; as many as the window has room for. */
export class RecentMessages {
  readonly #messages = new Map<string, Uint8Array>();
  #bytes = 0;

  /** Keeps `bytes`, where there is room. */
  put(name: string, bytes: Uint8Array): void {
    if (this.#messages.size >= windowMessages || this.#bytes >= windowBytes) return;
    this.#messages.set(name, bytes);
    this.#bytes += bytes.length;
  }

  /** Gives up what `put` kept. */
  take(name: string): Uint8Array | undefined {
    const bytes = this.#messages.get(name);
    this.#bytes -= bytes?.length ?? 0;
    this.#messages.delete(name);
    return bytes;
  }
}
