import { sealedFrameType, type SealedFrameType } from "../record/index.js";
import type { Role } from "./key-schedule.js";
import type { SessionEvent } from "./session-event.js";

/** What the owner of a session does next, in this order. */
export type SessionOutput =
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  /** An application message, authentic and in the order that the path keeps. The bytes are the owner's. */
  | { readonly kind: "message"; readonly plaintext: Uint8Array }
  /** The plaintext of a stream frame (1 to 1,048,576 bytes): what is in it is for the multiplexer. The bytes are the owner's. */
  | { readonly kind: "stream"; readonly plaintext: Uint8Array }
  /** The plaintext of a durable frame (1 to 1,048,576 bytes): what is in it is for the durable channel. The bytes are the owner's. */
  | { readonly kind: "durable"; readonly plaintext: Uint8Array }
  /** The peer has answered the `ping` of this token, and so, on an ordered path, opened all that went before it. */
  | { readonly kind: "pong"; readonly token: number }
  /** The peer asks to resume what was kept under this name (16 bytes): look it up and call `resumption`. */
  | { readonly kind: "resumption"; readonly name: Uint8Array }
  /** The peer asks to carry on with the session that was kept under this name (16 bytes): look it up and call `restoration`. */
  | { readonly kind: "restoration"; readonly name: Uint8Array }
  /** The peer has shown that it is the one who asks: take the hold of the lineage from whoever has it, and call `held`. */
  | {
      readonly kind: "hold";
      readonly peer: Uint8Array;
      readonly lineage: Uint8Array;
      /** This end's, in the lineage's full handshake: it settles whose question is answered where both ask. */
      readonly role: Role;
      /** The peer's, of its question. */
      readonly fence: bigint;
    }
  /** What the session can be restored from is to be written: take it by `restorationState`, and say by `persisted` or `notPersisted` what came of it. */
  | { readonly kind: "persist" }
  /** The peer has proven this key (32 bytes): call `authorize`. */
  | { readonly kind: "authorize"; readonly peer: Uint8Array }
  | { readonly kind: "event"; readonly event: SessionEvent }
  /** The path is of no more use: write out what there is, then end it. */
  | { readonly kind: "disconnect" };

/** Collects outputs until the owner takes them. */
export class Outbox {
  #outputs: SessionOutput[] = [];
  #ended = false;
  /** What waits, in order; undefined where nothing is kept back. */
  #held: SessionOutput[] | undefined;

  put(output: SessionOutput): void {
    if (this.#held === undefined || output.kind === "persist") this.#outputs.push(output);
    else this.#held.push(output);
  }

  /** Keeps back what is put from now on, till `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets out what was kept back. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#outputs.push(...held);
  }

  /** Drops frames and messages that were kept back, and that a session was established; lets the rest out. */
  drop(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#outputs.push(...held.filter(isOfTheEnd));
  }

  /** Messages of an opened frame of `type`; what came in a stream or a durable frame is told to whoever it is for alone. */
  deliver(type: SealedFrameType, messages: readonly Uint8Array[]): void {
    for (const plaintext of messages) {
      if (type === sealedFrameType.stream) {
        this.put({ kind: "stream", plaintext });
      } else if (type === sealedFrameType.durable) {
        this.put({ kind: "durable", plaintext });
      } else {
        this.put({ kind: "message", plaintext });
        this.event({ type: "message-received", bytes: plaintext.length });
      }
    }
  }

  /** `ended` is the last event: what the peer's last frames still move is nobody's business. */
  event(event: SessionEvent): void {
    if (this.#ended) return;
    this.#ended = event.type === "ended";
    this.put({ kind: "event", event });
  }

  take(): SessionOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

function isOfTheEnd(output: SessionOutput): boolean {
  if (output.kind !== "event") return output.kind === "disconnect";
  return (
    output.event.type !== "established" && output.event.type !== "restored" && output.event.type !== "resumed"
  );
}
