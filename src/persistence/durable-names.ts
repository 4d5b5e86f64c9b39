import type { Incarnation } from "../outbox/index.js";

/** Where a durable channel with one peer stands in the store. `peer`: 64 hexadecimal digits. */
export class DurableNames {
  readonly fence: string;
  readonly head: string;
  readonly inbox: string;
  /** What the names of all messages begin with, and `head` too. */
  readonly outbox: string;

  constructor(peer: string) {
    this.fence = `fence/${peer}`;
    this.outbox = `outbox/${peer}/`;
    this.head = `${this.outbox}head`;
    this.inbox = `inbox/${peer}`;
  }

  /** In the order of their numbers. */
  row({ hex }: Pick<Incarnation, "hex">, seq: bigint): string {
    return `${this.outbox}${hex}/${seq.toString(16).padStart(16, "0")}`;
  }

  /** What `row` was called with; undefined for another name. */
  parseRow(name: string): { readonly hex: string; readonly seq: bigint } | undefined {
    const match = /^([0-9a-f]{32})\/([0-9a-f]{16})$/.exec(name.slice(this.outbox.length));
    return match === null ? undefined : { hex: match[1]!, seq: BigInt(`0x${match[2]!}`) };
  }
}
