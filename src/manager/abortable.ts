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

/**
 * A controller that `signal` aborts as well, until `unlink`. After that only its own listeners hold it: a runtime keeps an
 * `AbortSignal.any` for as long as somebody has forgotten to take a listener away, and with it all that the listener knows.
 */
export function follow(signal: AbortSignal | undefined): {
  readonly controller: AbortController;
  readonly unlink: () => void;
} {
  const controller = new AbortController();
  if (signal === undefined) return { controller, unlink: () => undefined };
  // Not `signal` itself: runtimes warn of many listeners on one.
  const source = AbortSignal.any([signal]);
  const abort = (): void => controller.abort(source.reason);
  if (source.aborted) abort();
  else source.addEventListener("abort", abort, { once: true });
  return { controller, unlink: () => source.removeEventListener("abort", abort) };
}
