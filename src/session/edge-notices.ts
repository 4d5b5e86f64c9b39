import type { Instant } from "../ports/index.js";
import type { Lifetime } from "./lifetime.js";
import type { LimitName } from "./limits.js";
import type { Outbox } from "./session-output.js";

/** Tells of limits at their warning edges: once for each limit and session; of idleness, once for each time. */
export class EdgeNotices {
  readonly #outbox: Outbox;
  #told: Set<LimitName> | undefined;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Whether idleness has been told, and may have ended since. */
  get idleTold(): boolean {
    return this.#told?.has("idle") === true;
  }

  tell(lifetime: Lifetime, now: Instant): void {
    const status = lifetime.status(now);
    if (!lifetime.isNear("idle", now)) this.#told?.delete("idle");
    if (status.status !== "near-expiry" || this.#told?.has(status.reason) === true) return;
    (this.#told ??= new Set()).add(status.reason);
    this.#outbox.event({ type: "near-expiry", reason: status.reason, left: status.left });
  }

  /** A new session: everything may be told again. */
  renewed(): void {
    this.#told = undefined;
  }
}
