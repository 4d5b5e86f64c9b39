import type { Countable } from "./count-lease.js";
import type { Lifetime } from "./lifetime.js";
import { leasePending } from "./limit-errors.js";
import type { RestorationGate } from "./restoration-gate.js";

/** Sees to it that nothing is sent or delivered beyond what is durable as used. */
export class Leases {
  readonly #gate: RestorationGate;

  constructor(gate: RestorationGate) {
    this.#gate = gate;
  }

  /** Refuses so many messages and bytes where they pass what is leased, and asks for more. @throws lease-pending; nothing has been used then */
  admit(lifetime: Lifetime, messages: number, bytes: number): void {
    const fits = [this.#fits(lifetime, "sentMessages", messages), this.#fits(lifetime, "sentBytes", bytes)];
    if (fits.every(Boolean)) return;
    this.#gate.nudge();
    throw leasePending();
  }

  /** Whether one message of so many bytes, or what the limits leave of them, is leased; else it is asked for. */
  carries(lifetime: Lifetime, bytes: number): boolean {
    const { limits, used } = lifetime;
    const left = (name: Countable, amount: number): number =>
      Math.max(Math.min(amount, limits[name].max - used[name]), 0);
    const fits = [
      this.#fits(lifetime, "sentMessages", left("sentMessages", 1)),
      this.#fits(lifetime, "sentBytes", left("sentBytes", bytes)),
    ];
    if (fits.every(Boolean)) return true;
    this.#gate.nudge();
    return false;
  }

  /** So much was sent: the next block is fetched in time. */
  sent(lifetime: Lifetime): void {
    if (isLow(lifetime, "sentMessages") || isLow(lifetime, "sentBytes")) this.#gate.nudge();
  }

  /** So much was received: what is beyond the lease is delivered when that has followed. */
  received(lifetime: Lifetime): void {
    const fits = [this.#fits(lifetime, "receivedMessages", 0), this.#fits(lifetime, "receivedBytes", 0)];
    if (!fits.every(Boolean)) this.#gate.require();
    else if (isLow(lifetime, "receivedMessages") || isLow(lifetime, "receivedBytes")) this.#gate.nudge();
  }

  #fits({ lease, used }: Lifetime, name: Countable, amount: number): boolean {
    if (lease === undefined || lease.covers(name, used[name], amount)) return true;
    lease.want(name, used[name] + amount);
    return false;
  }
}

function isLow({ lease, used, limits }: Lifetime, name: Countable): boolean {
  return lease?.isLow(name, used[name], limits) === true;
}
