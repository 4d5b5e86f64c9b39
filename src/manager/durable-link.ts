import { asSessionError, SessionError } from "../errors/index.js";
import { encodeDurable, type DurableFrame } from "../outbox/index.js";
import type { Regression } from "../session/index.js";
import { maxPlaintextLength } from "../record/index.js";
import type { Session } from "./session.js";
import type { SessionDriver } from "./session-driver.js";

/** One session on which a durable channel can speak. */
export class DurableLink {
  readonly session: Session;
  readonly #driver: SessionDriver;
  /** The peer has told its state on this session: what it says from now on can be understood. */
  opened = false;
  /** The session takes nothing more at present: its limits are reached. */
  stalled = false;
  /** Acknowledgements that the path had no room for: the highest of each incarnation. */
  readonly #waiting = new Map<string, DurableFrame>();

  constructor(session: Session, driver: SessionDriver) {
    this.session = session;
    this.#driver = driver;
  }

  /** Whether this end begins: the initiator of the lineage's full handshake. */
  get begins(): boolean {
    return this.#driver.machine.role === "initiator";
  }

  get remote(): string {
    return this.#driver.remote;
  }

  /** Whether a frame can go out now. */
  get writable(): boolean {
    return !this.stalled && !this.#driver.blocked && this.#driver.carries(maxPlaintextLength);
  }

  /** Seals a frame and puts it out. False where the session does not take it: then it is stalled. */
  send(frame: DurableFrame): boolean {
    if (this.stalled) return false;
    try {
      this.#driver.run(now => this.#driver.machine.sendDurable(encodeDurable(frame), now));
      return true;
    } catch (error) {
      if (!SessionError.is(error)) throw error;
      this.stalled = true;
      this.opened = false;
      return false;
    }
  }

  /** Tells that messages were acknowledged, up to one; now or when the path has room. */
  acknowledge(frame: DurableFrame & { readonly kind: "acknowledged" }, hex: string): void {
    if (this.writable) this.send(frame);
    else this.#waiting.set(hex, frame);
  }

  /** The path has room: what waited goes out. */
  flush(): void {
    for (const [hex, frame] of this.#waiting) {
      if (!this.writable) return;
      this.#waiting.delete(hex);
      this.send(frame);
    }
  }

  /** Ends the session by what the peer has sent. */
  fail(error: unknown): void {
    this.#driver.run(now => this.#driver.machine.fail(asSessionError(error), now));
  }

  quarantine(regression: Regression): void {
    this.#driver.run(now => this.#driver.machine.quarantine(regression, now));
  }
}
