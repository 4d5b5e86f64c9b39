import type { Clock, Instant } from "../ports/index.js";

/** The platform's clocks and timer: the only place where the library reads ambient time. */
export const systemClock: Clock = {
  now(): Instant {
    return { wall: Date.now(), monotonic: performance.now() };
  },
  schedule(delay: number, wake: () => void): () => void {
    const timer = setTimeout(wake, Math.min(Math.max(delay, 0), 0x7fffffff));
    return () => clearTimeout(timer);
  },
};
