import { SessionError } from "../errors/index.js";
import { maxWaitingIncarnations, type Incarnation } from "../outbox/index.js";

/** The application's own writes, in the same transaction. */
export type Alongside = (() => void) | undefined;

export interface Asked<Result> {
  readonly alongside: Alongside;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface Sending extends Asked<{ readonly incarnation: Incarnation; readonly seq: bigint }> {
  readonly kind: "send";
  readonly bytes: Uint8Array;
}

export interface Acknowledging extends Asked<void> {
  readonly kind: "acknowledge";
  readonly incarnation: string;
  readonly seq: bigint;
}

export interface Replacing extends Asked<void> {
  readonly kind: "replace";
  readonly above: bigint;
}

export type Job = Sending | Acknowledging | Replacing;

/** All that is to be written alongside; `thrown` says whose has thrown. */
export function alongsideOf(jobs: readonly Job[], thrown: { job?: Job }): Alongside {
  if (jobs.every(({ alongside }) => alongside === undefined)) return undefined;
  return () => {
    for (const job of jobs) {
      try {
        job.alongside?.();
      } catch (error) {
        thrown.job = job;
        throw error;
      }
    }
  };
}

export function tooManyIncarnations(): SessionError {
  return new SessionError(
    "limit-exceeded",
    `Messages of ${maxWaitingIncarnations} openings of this durable channel wait for the peer: let it acknowledge some before more are sent.`,
  );
}

export function outOfTurn(): SessionError {
  return new SessionError(
    "invalid-argument",
    "Durable messages are acknowledged in the order in which they came, each once: an earlier one is not, or this one is already.",
  );
}
