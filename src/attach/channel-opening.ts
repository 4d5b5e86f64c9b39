import { listen, type EventTargetLike } from "./event-target.js";

/** Of a data channel, what tells that it is open. */
interface OpeningChannel extends EventTargetLike {
  readonly readyState: string;
}

/**
 * Calls `step` once `channel` is open, in a task of its own: Chromium loses, now and then, what is sent in the task in which it tells of a
 * channel of the far end.
 */
export function onceOpen(channel: OpeningChannel, step: () => void): void {
  if (channel.readyState === "connecting") listen(channel, "open", () => laterTask(step));
  else laterTask(step);
}

function laterTask(step: () => void): void {
  const { port1, port2 } = new MessageChannel();
  const port = port1 as unknown as EventTargetLike & { start(): void; close(): void };
  listen(port, "message", () => {
    port.close();
    step();
  });
  port.start();
  port2.postMessage(undefined);
}
