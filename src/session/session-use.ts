import { asSessionError } from "../errors/index.js";
import type { Instant } from "../ports/index.js";
import type { Lineage } from "./lineage.js";
import { SessionLifecycle } from "./session-lifecycle.js";

/** What an application does with a session, within its course: to seal and to open, while it may. */
export abstract class SessionUse extends SessionLifecycle {
  #unexpired(now: Instant): Lineage {
    this.expireIfDue(this.active(), now);
    return this.active();
  }

  /** Runs what seals something, in a session that may; ends it where that was the last that a limit allows. */
  protected sealing<Result>(now: Instant, seal: (lineage: Lineage) => Result): Result {
    const lineage = this.#unexpired(now);
    const result = seal(lineage);
    if (lineage.takeAttention()) this.attend(lineage, now);
    return result;
  }

  /** Runs what opens something that the application carried, and counts a refusal. */
  protected opening<Result>(now: Instant, open: (lineage: Lineage) => Result): Result {
    const lineage = this.#unexpired(now);
    try {
      const result = open(lineage);
      if (lineage.takeAttention()) this.attend(lineage, now);
      return result;
    } catch (thrown) {
      const error = asSessionError(thrown);
      this.standing.countRefusal(error.code);
      // The peer has sent more than was agreed, or a provider has failed half-way: there is nothing to go on with.
      if (error.category === "limit" || error.category === "internal")
        this.end({ kind: "failed", error }, now);
      throw error;
    }
  }

  protected active(): Lineage {
    if (this.standing.live && this.lineage !== undefined) return this.lineage;
    throw this.standing.notLive;
  }

  protected putFrame(frame: Uint8Array): void {
    this.standing.outbox.put({ kind: "frame", frame });
  }
}
