import { SessionError } from "../errors/index.js";

/** The error of everything that an AbortSignal ends. */
export function abortedError(signal: AbortSignal): SessionError<"aborted"> {
  return new SessionError("aborted", "The caller's signal ended the wait.", { cause: signal.reason });
}

/** @throws aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

/** `promise`, or a rejection as soon as `signal` aborts. @throws aborted */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(signal));
    // In any case: nobody else may be there to take its rejection.
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
