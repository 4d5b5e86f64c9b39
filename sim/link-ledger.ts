import { Reader, Writer } from "../src/bytes/index.js";
import type { Findings } from "./violation.js";

/** What one end has sent and the other has received. */
interface Direction {
  sent: number;
  received: number;
  /** Which numbers have come: a byte each. */
  came: Uint8Array;
  /** Up to here delivery has been checked in good weather. */
  checkedTo: number;
  /** What had been sent at the last check: it must be there at the next. */
  due: number;
}

const headerLength = 9;

/** The numbered messages of one link, both ways: each end remembers what it sent and got. */
export class LinkLedger {
  readonly link: number;
  readonly ordered: boolean;
  readonly #findings: Findings;
  readonly #directions: readonly [Direction, Direction];

  constructor(link: number, ordered: boolean, findings: Findings) {
    this.link = link;
    this.ordered = ordered;
    this.#findings = findings;
    const direction = (): Direction => ({
      sent: 0,
      received: 0,
      came: new Uint8Array(64),
      checkedTo: 0,
      due: 0,
    });
    this.#directions = [direction(), direction()];
  }

  /** The message that end `side` sends as its next but `ahead`. */
  compose(side: 0 | 1, ahead = 0): Uint8Array {
    const number = this.#directions[side].sent + ahead;
    const writer = new Writer().u32(this.link).u8(side).u32(number);
    const filling = new Uint8Array(lengthOf(this.link, side, number) - headerLength);
    let word = Math.imul(number + 1, 0x9e3779b1) ^ this.link;
    for (let i = 0; i < filling.length; i++) {
      word = Math.imul(word, 0x19660d) + 0x3c6ef35f;
      filling[i] = word >>> 24;
    }
    return writer.bytes(filling).finish();
  }

  /** End `side` has sent so many more. */
  sent(side: 0 | 1, count: number): void {
    this.#directions[side].sent += count;
  }

  /** End `side` has got `bytes`: it must have been sent, not come before, and be the next where order is kept. */
  received(side: 0 | 1, bytes: Uint8Array): void {
    const from = side === 0 ? 1 : 0;
    const direction = this.#directions[from];
    const number = this.#numberOf(from, bytes);
    if (number === undefined || number >= direction.sent) {
      return this.#findings.report(`link ${this.link}: end ${side} got a message that was not sent to it`);
    }
    if (direction.came[number] === 1) {
      return this.#findings.report(`link ${this.link}: end ${side} got message ${number} twice`);
    }
    if (this.ordered && number !== direction.received) {
      return this.#findings.report(
        `link ${this.link}: end ${side} got message ${number} where ${direction.received} is the next`,
      );
    }
    if (number >= direction.came.length) {
      const longer = new Uint8Array(Math.max(2 * direction.came.length, number + 1));
      longer.set(direction.came);
      direction.came = longer;
    }
    direction.came[number] = 1;
    direction.received++;
  }

  /** Messages that have come, both ways. */
  get delivered(): number {
    return this.#directions[0].received + this.#directions[1].received;
  }

  /** Whether end `side` has got everything that was sent to it. */
  complete(side: 0 | 1): boolean {
    const { sent, received } = this.#directions[side === 0 ? 1 : 0];
    return sent === received;
  }

  /** What was sent from now on must arrive. */
  beginDelivery(): void {
    for (const direction of this.#directions) direction.checkedTo = direction.due = direction.sent;
  }

  /** Whether end `side` has got what was due since `beginDelivery`; `all`: and what was sent since the last check. */
  checkDelivery(side: 0 | 1, all = false): boolean {
    const direction = this.#directions[side === 0 ? 1 : 0];
    const until = all ? direction.sent : direction.due;
    for (; direction.checkedTo < until; direction.checkedTo++) {
      if (direction.came[direction.checkedTo] !== 1) return false;
    }
    direction.due = direction.sent;
    return true;
  }

  describe(): string {
    return this.#directions
      .map(({ sent, received }, side) => `end ${side} sent ${sent}, ${received} came`)
      .join("; ");
  }

  #numberOf(from: 0 | 1, bytes: Uint8Array): number | undefined {
    if (bytes.length < headerLength) return undefined;
    const reader = new Reader(bytes, "frame-malformed", "message");
    const [link, side, number] = [reader.u32(), reader.u8(), reader.u32()];
    if (link !== this.link || side !== from) return undefined;
    const ahead = number - this.#directions[from].sent;
    const wanted = this.compose(from, ahead);
    return wanted.length === bytes.length && wanted.every((byte, i) => byte === bytes[i])
      ? number
      : undefined;
  }
}

/** Most messages are short, some long: 9 to 12,000 bytes. */
function lengthOf(link: number, side: number, number: number): number {
  const draw = (Math.imul(Math.imul(link * 2 + side + 1, 0x9e3779b1) ^ number, 0x85ebca6b) >>> 8) & 0xffff;
  if (draw < 300) return 9 + 40 * draw;
  return 9 + (draw % 150);
}
