import type { SessionError } from "../../errors/index.js";
import type { ConnectionEvents } from "../../ports/index.js";
import { check, ContractFailure } from "./check.js";

/** The owner of a connection that keeps what it is told, and what it is told against the rules. */
export class Recorder implements ConnectionEvents {
  readonly frames: Uint8Array[] = [];
  drains = 0;
  ends = 0;
  error: SessionError | undefined;
  /** Called inside each `frame`. */
  onFrame: ((frame: Uint8Array) => void) | undefined;
  /** Called inside `end`. */
  onEnd: (() => void) | undefined;
  readonly #violations: string[] = [];
  #inCall = false;
  #waiting: { readonly holds: () => boolean; readonly settle: (failure?: Error) => void }[] = [];

  frame(frame: Uint8Array): void {
    this.#told("frame", () => {
      this.frames.push(frame);
      this.onFrame?.(frame);
    });
  }

  drain(): void {
    this.#told("drain", () => this.drains++);
  }

  end(error?: SessionError): void {
    this.#told("end", () => {
      this.ends++;
      this.error = error;
      this.onEnd?.();
    });
  }

  /** Resolves when `holds` does, which is tried after each event; rejected where the connection ends before. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (failure?: Error): void => {
        if (failure === undefined) resolve();
        else reject(failure);
      };
      this.#waiting.push({ holds, settle });
      this.#review();
    });
  }

  /** Resolves with the error, if any, when `end` has come. */
  async ended(): Promise<SessionError | undefined> {
    await this.until(() => this.ends > 0);
    return this.error;
  }

  /** Resolves when that many frames have come. */
  received(count: number): Promise<void> {
    return this.until(() => this.frames.length >= count);
  }

  /** @throws ContractFailure where calls overlapped, or one came after `end` */
  checkOrder(): void {
    check(this.#violations.length === 0, this.#violations.join("; "));
  }

  #told(what: string, act: () => void): void {
    if (this.#inCall) this.#violations.push(`${what} was called while another call had not returned`);
    if (this.ends > 0) this.#violations.push(`${what} was called after end`);
    this.#inCall = true;
    try {
      act();
    } finally {
      this.#inCall = false;
    }
    this.#review();
  }

  #review(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wait of waiting) {
      if (wait.holds()) wait.settle();
      else if (this.ends > 0)
        wait.settle(new ContractFailure(`the connection ended too early: ${this.error?.message}`));
      else this.#waiting.push(wait);
    }
  }
}
