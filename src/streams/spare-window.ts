import { maxStreamWindow, sessionSpareWindow, streamWindow } from "./stream-limits.js";

/** What the windows of one session's streams may grow by, all together: so the memory of a session stays bounded however many streams it has. */
export class SpareWindow {
  #left = sessionSpareWindow;

  /** Bytes by which a window of `window` bytes may grow, taken from what is left: it doubles, as far as it may. */
  take(window: number): number {
    const bytes = Math.min(window, maxStreamWindow - window, this.#left);
    this.#left -= bytes;
    return bytes;
  }

  /** The stream with a window of `window` bytes is over. */
  giveBack(window: number): void {
    this.#left += window - streamWindow;
  }
}
