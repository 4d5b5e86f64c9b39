import { clearTimeout, setTimeout } from "node:timers";

/** A clock that stands still until it is set, or let go to follow the platform's. It holds one alarm, which is all that `Wakeups` asks for. */
export class SteppedClock {
  #at = 1;
  #live;
  #due;

  now() {
    const at = this.#live === undefined ? this.#at : this.#at + performance.now() - this.#live;
    return { wall: at, monotonic: at };
  }

  schedule(delay, wake) {
    const due = { at: this.now().monotonic + delay, wake };
    this.#due = due;
    if (this.#live !== undefined) this.#arm(due, delay);
    return () => {
      clearTimeout(due.timer);
      if (this.#due === due) this.#due = undefined;
    };
  }

  #arm(due, delay) {
    due.timer = setTimeout(() => this.#wake(due), Math.max(delay, 0));
  }

  #wake(due) {
    if (this.#due === due) this.#due = undefined;
    due.wake();
  }

  /** Goes to `at` without waking anybody. */
  set(at) {
    this.#at = at;
  }

  /** Goes to `at`, and wakes who is due. */
  step(at) {
    this.#at = at;
    while (this.#due !== undefined && this.#due.at <= at) this.#wake(this.#due);
  }

  follow() {
    this.#live = performance.now();
    if (this.#due !== undefined) this.#arm(this.#due, this.#due.at - this.#at);
  }

  stop() {
    this.#at = this.now().monotonic;
    this.#live = undefined;
    clearTimeout(this.#due?.timer);
  }
}
