import type { SessionEvent } from "./session-event.js";

/** What the owner of a session does next, in this order. */
export type SessionOutput =
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  /** An application message, authentic and in the order that the path keeps. The bytes are the owner's. */
  | { readonly kind: "message"; readonly plaintext: Uint8Array }
  /** The peer has proven this key (32 bytes): call `authorize`. */
  | { readonly kind: "authorize"; readonly peer: Uint8Array }
  | { readonly kind: "event"; readonly event: SessionEvent }
  /** The path is of no more use: write out what there is, then end it. */
  | { readonly kind: "disconnect" };

/** Collects outputs until the owner takes them. */
export class Outbox {
  #outputs: SessionOutput[] = [];
  #ended = false;

  put(output: SessionOutput): void {
    this.#outputs.push(output);
  }

  /** `ended` is the last event: what the peer's last frames still move is nobody's business. */
  event(event: SessionEvent): void {
    if (this.#ended) return;
    this.#ended = event.type === "ended";
    this.#outputs.push({ kind: "event", event });
  }

  take(): SessionOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
