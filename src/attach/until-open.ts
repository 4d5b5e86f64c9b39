/** Keeps what is sent over a thing that is still being opened. */
export class UntilOpen {
  #waiting: (Uint8Array | string)[] | undefined;
  readonly #send: (data: Uint8Array | string) => void;

  constructor(isOpen: boolean, send: (data: Uint8Array | string) => void) {
    this.#waiting = isOpen ? undefined : [];
    this.#send = send;
  }

  send(data: Uint8Array | string): void {
    if (this.#waiting === undefined) this.#send(data);
    else this.#waiting.push(data);
  }

  open(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const data of waiting) this.#send(data);
  }
}
