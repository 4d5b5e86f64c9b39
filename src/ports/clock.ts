/** The present, read once for each step. */
export interface Instant {
  /** Milliseconds since 1970 (UTC), as the wall clock says: it may step both ways. */
  readonly wall: number;
  /** Milliseconds on a clock that never goes back: only differences mean something. */
  readonly monotonic: number;
}

/** Where time comes from. The manager reads it; nothing below the manager does. */
export interface Clock {
  /** The present time. */
  now(): Instant;
  /** Calls `wake` once, `delay` milliseconds from now or a little later. The result cancels it. */
  schedule(delay: number, wake: () => void): () => void;
  /**
   * Calls `step` once, when whatever else the process has to do has had its turn. A manager uses it so that no session keeps the
   * others waiting; on a clock that has it not, each session is served as far as its path brings frames.
   */
  yield?(step: () => void): void;
}
