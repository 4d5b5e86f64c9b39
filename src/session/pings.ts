/** Which pings of this end are unanswered. Tokens are u32 and count up; an answer answers all pings before it as well. */
export class Pings {
  #sent = 0;
  #answered = 0;

  /** The token of the next ping. */
  next(): number {
    this.#sent = (this.#sent + 1) >>> 0;
    return this.#sent;
  }

  /** Takes note of an answer; false for one that nothing waits for. */
  answer(token: number): boolean {
    const ahead = (token - this.#answered) >>> 0;
    if (ahead === 0 || ahead > (this.#sent - this.#answered) >>> 0) return false;
    this.#answered = token;
    return true;
  }
}
