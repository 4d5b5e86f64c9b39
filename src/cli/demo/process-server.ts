import type { FromProcess, ProcessEvent, Served, ToProcess } from "./process-calls.js";

/** Tells the parent what happens. Without a parent there is nobody to tell. */
export function tell(event: ProcessEvent): void {
  post({ event });
}

/** Answers the parent's calls until it lets go. A parent that is gone ends the process at once. */
export function serveCalls<Calls>(calls: Served<Calls>): void {
  process.on("message", ({ call, name, argument }: ToProcess) => {
    const answer = new Promise<unknown>(resolve => resolve(calls[name as keyof Calls](argument)));
    answer.then(
      value => post({ answer: call, value }),
      (error: unknown) =>
        post({ answer: call, failure: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once("disconnect", () => process.exit());
  // Ctrl-C reaches the whole group: the parent decides.
  process.on("SIGINT", () => undefined);
}

/** Stops listening to the parent, so that the process ends when its own work is done. */
export function stopServing(): void {
  process.removeAllListeners("disconnect");
  process.disconnect();
}

function post(message: FromProcess): void {
  if (process.connected) process.send?.(message, () => undefined);
}
