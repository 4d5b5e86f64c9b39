// What an established session takes up in memory: the resident set of a process with many of them and nothing else. Runs with --expose-gc.
import { now, recordedResponders } from "./ends.mjs";

/** Sessions before the count begins, so that code and pools are there. */
const before = 1_000;

/** Bytes for each of `sessions`; beside them stands one byte, so that the ratio is the figure itself. */
export function residentSet({ sessions = 100_000 }, delivery) {
  const { frames, make } = recordedResponders({ delivery });
  const kept = [];
  const establish = () => {
    const session = make();
    for (const frame of frames) {
      session.receive(frame, now);
      for (const { kind } of session.takeOutputs()) if (kind === "authorize") session.authorize(true, now);
      session.takeOutputs();
    }
    if (session.state.name !== "active") throw new Error(`A session is ${session.state.name}.`);
    kept.push(session);
  };
  const resident = () => {
    globalThis.gc();
    globalThis.gc();
    return process.memoryUsage.rss();
  };
  for (let i = 0; i < before; i++) establish();
  const empty = resident();
  for (let i = 0; i < sessions; i++) establish();
  const bytes = (resident() - empty) / sessions;
  if (kept.length !== sessions + before) throw new Error("Sessions have been lost.");
  return { pairs: [[bytes, 1]], note: `${sessions.toLocaleString("en-US")} sessions` };
}
