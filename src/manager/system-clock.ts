import type { Clock, Instant } from "../ports/index.js";

/** The platform's clocks, timer and event loop: the only place where the library reads ambient time. */
export const systemClock: Clock = {
  now(): Instant {
    return { wall: Date.now(), monotonic: performance.now() };
  },
  schedule(delay: number, wake: () => void): () => void {
    const timer = setTimeout(wake, Math.min(Math.max(delay, 0), 0x7fffffff));
    return () => clearTimeout(timer);
  },
  yield(step: () => void): void {
    if (typeof setImmediate === "function") setImmediate(step);
    else afterMessages(step);
  },
};

/** Where there is no setImmediate: a message to itself, since browsers let timers of hidden pages wait for a second. */
function afterMessages(step: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => {
    port1.close();
    step();
  });
  port1.start();
  port2.postMessage(undefined);
}
