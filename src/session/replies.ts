import type { Instant } from "../ports/index.js";
import type { Control } from "./control.js";
import { Pings } from "./pings.js";
import type { Outbox } from "./session-output.js";

type Answerable = Extract<Control, { kind: "confirm" | "epoch" | "ping" | "pong" }>;

/**
 * What ends say to each other beside exchanges and closes: confirmations and pings, and their answers. While the path takes nothing, one
 * answer of each kind waits, the newest: a peer that asks and never reads costs no memory.
 */
export class Replies {
  readonly #outbox: Outbox;
  readonly #send: (control: Control, now: Instant) => void;
  readonly #pings = new Pings();
  #waiting: Map<Control["kind"], Control> | undefined;
  #held = false;

  /** `send` seals a control frame and puts it out. */
  constructor(outbox: Outbox, send: (control: Control, now: Instant) => void) {
    this.#outbox = outbox;
    this.#send = send;
  }

  /** Asks for a sign of life; the result is the token of the `pong` that answers it. */
  ping(now: Instant): number {
    const token = this.#pings.next();
    this.#send({ kind: "ping", token }, now);
    return token;
  }

  /** Answers a control frame, now or as soon as the path takes frames. */
  receive(control: Answerable, now: Instant): void {
    switch (control.kind) {
      case "confirm":
        return this.#answer({ kind: "epoch" }, now);
      case "epoch":
        return;
      case "ping":
        return this.#answer({ kind: "pong", token: control.token }, now);
      case "pong": {
        const { token } = control;
        if (this.#pings.answer(token)) this.#outbox.put({ kind: "pong", token });
      }
    }
  }

  /** Whether the path takes nothing at present. */
  hold(held: boolean, now: Instant): void {
    this.#held = held;
    if (held) return;
    const waiting = this.#waiting?.values() ?? [];
    this.#waiting = undefined;
    for (const control of waiting) this.#send(control, now);
  }

  #answer(control: Control, now: Instant): void {
    if (this.#held) (this.#waiting ??= new Map()).set(control.kind, control);
    else this.#send(control, now);
  }
}
