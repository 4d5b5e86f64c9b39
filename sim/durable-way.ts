import { fromUtf8, utf8 } from "../src/bytes/index.js";
import type { MessagesLost } from "../src/manager/index.js";
import type { Findings } from "./violation.js";

/** One message that an application has asked to be made durable. */
interface Asked {
  readonly number: number;
  readonly askedAt: number;
  /** When `send` had resolved, by the order of things and in milliseconds. */
  stored: { readonly order: number; readonly at: number } | undefined;
  id: string | undefined;
  /** `send` was rejected, and its channel went on: it was not sent. */
  refused: boolean;
  /** The store of the receiver has what came of it. */
  applied: boolean;
  wasApplied: boolean;
  /** The store of the sender was put back, to before it had this. */
  forgotten: boolean;
  /** Somebody was told of its loss. */
  told: boolean;
}

/** A sender that was put back to before messages that the receiver has: both must be told. */
interface Regression {
  readonly incarnation: string;
  readonly seen: Asked;
}

/** So long, in milliseconds, a stored message may be on its way in good weather: the application may have closed a session. */
const deliveryTime = 150_000;

/** The durable messages from one host to another: what was asked for, what came of it, and what stores have forgotten. */
export class DurableWay {
  readonly name: string;
  readonly #findings: Findings;
  readonly #now: () => number;
  readonly #asked: Asked[] = [];
  readonly #byId = new Map<string, Asked>();
  /** As the store of the receiver has it. */
  readonly #applied: Asked[] = [];
  #order = 0;
  /** All before have arrived, or need not. */
  #checkedTo = 0;
  readonly #putBack = { sender: false, receiver: false };
  #regression: Regression | undefined;
  /** Messages that were applied, ever. */
  delivered = 0;

  constructor(name: string, findings: Findings, now: () => number) {
    this.name = name;
    this.#findings = findings;
    this.#now = now;
  }

  /** The next message; `number` is how it is known. */
  ask(): { readonly number: number; readonly bytes: Uint8Array } {
    const number = this.#asked.length;
    this.#asked.push({
      ...{ number, askedAt: ++this.#order, stored: undefined, id: undefined, refused: false },
      ...{ applied: false, wasApplied: false, forgotten: false, told: false },
    });
    return { number, bytes: this.#compose(number) };
  }

  /** `send` has resolved. */
  stored(number: number, id: string): void {
    const asked = this.#asked[number]!;
    asked.stored = { order: ++this.#order, at: this.#now() };
    this.#name(asked, id);
  }

  /** `send` was rejected, and the channel is open. */
  refused(number: number): void {
    const asked = this.#asked[number]!;
    asked.refused = true;
    this.#require(!asked.wasApplied, () => `message ${number} was refused, and has been delivered`);
  }

  /** The application has got a message. The result is its number. */
  arrived(id: string, bytes: Uint8Array): number {
    const asked = this.#find(id, bytes);
    this.#require(asked?.applied !== true, () => `${id} was delivered again after it had been acknowledged`);
    return asked?.number ?? -1;
  }

  /** What the application does about a message is in the receiver's store. */
  applied(id: string, bytes: Uint8Array): void {
    const asked = this.#find(id, bytes);
    if (asked === undefined) return;
    const { number } = asked;
    const last = this.#applied.at(-1);
    this.#require(!asked.applied, () => `${id} has taken effect twice`);
    this.#require(
      last === undefined || last.number < number,
      () => `message ${number} came after message ${last?.number}`,
    );
    if (!asked.wasApplied) this.delivered++;
    asked.applied = true;
    asked.wasApplied = true;
    this.#applied.push(asked);
  }

  /** The moment at which a store is copied, as the sender and as the receiver know it. */
  moment(): { readonly order: number; readonly applied: number } {
    return { order: ++this.#order, applied: this.#applied.length };
  }

  senderPutBack(order: number): void {
    this.#putBack.sender = true;
    const known = new Set<string>();
    if (this.#regression !== undefined && this.#isStoredBefore(this.#regression.seen, order))
      this.#regression = undefined;
    for (const asked of this.#asked) {
      const incarnation = asked.id?.split(":")[0];
      if (this.#isStoredBefore(asked, order)) {
        if (incarnation !== undefined) known.add(incarnation);
        continue;
      }
      asked.forgotten = true;
      if (asked.applied && asked.askedAt > order && incarnation !== undefined && known.has(incarnation))
        this.#regression ??= { incarnation, seen: asked };
    }
  }

  receiverPutBack(applied: number): void {
    this.#putBack.receiver = true;
    for (const asked of this.#applied.splice(applied)) {
      asked.applied = false;
      asked.told = false;
    }
  }

  /** One end was told that messages are lost. */
  lost({ incarnation, first, last, cause }: MessagesLost): void {
    this.#require(
      this.#putBack.receiver,
      () => `${cause}: ${incarnation} ${first} to ${last}, and no store was put back`,
    );
    for (let seq = first; seq <= last; seq++) {
      const asked = this.#byId.get(`${incarnation}:${seq}`);
      if (asked === undefined) continue;
      this.#require(asked.wasApplied, () => `message ${asked.number} was lost before it had arrived`);
      asked.told = true;
    }
  }

  /** One end was told that the other's state, or its own, has gone back. */
  quarantined(): void {
    this.#regression = undefined;
  }

  /** Whether a store was put back on which this way depends. */
  get wasPutBack(): boolean {
    return this.#putBack.sender || this.#putBack.receiver;
  }

  /** In weather that has been good for `settledFor` milliseconds what was stored long ago has arrived. */
  checkDelivery(settledFor: number): void {
    for (; this.#checkedTo < this.#asked.length; this.#checkedTo++) {
      const asked = this.#asked[this.#checkedTo]!;
      if (asked.stored === undefined || this.#isAccountedFor(asked)) continue;
      const waited = Math.min(settledFor, this.#now() - asked.stored.at);
      this.#require(
        waited <= deliveryTime,
        () =>
          `message ${asked.number} was stored and has not come in ${Math.round(waited / 1000)} s of good weather`,
      );
      return;
    }
  }

  /** Everything that was made durable has arrived, or somebody was told of its loss, or only a store knew of it that was put back. */
  checkAll(): void {
    for (const asked of this.#asked)
      this.#require(
        asked.stored === undefined || this.#isAccountedFor(asked),
        () => `message ${asked.number} (${asked.id}) was made durable, and is lost in silence`,
      );
    this.#require(
      this.#regression?.seen.applied !== true,
      () => `the sender's store was put back to before ${this.#regression?.seen.id}, and nobody was told`,
    );
  }

  #isAccountedFor({ applied, wasApplied, told, forgotten }: Asked): boolean {
    return applied || forgotten || (wasApplied && told);
  }

  #isStoredBefore({ stored }: Asked, order: number): boolean {
    return stored !== undefined && stored.order < order;
  }

  #name(asked: Asked, id: string): void {
    this.#require(
      (asked.id ?? id) === id && (this.#byId.get(id) ?? asked) === asked,
      () => `message ${asked.number} is ${id}, which was another one, or was ${asked.id}`,
    );
    asked.id = id;
    this.#byId.set(id, asked);
  }

  #find(id: string, bytes: Uint8Array): Asked | undefined {
    const number = Number(fromUtf8(bytes).split(" ")[1]);
    const asked = this.#asked[number];
    const genuine =
      asked !== undefined &&
      this.#compose(number).every((byte, i, wanted) => byte === bytes[i] && wanted.length === bytes.length);
    this.#require(genuine, () => `${id} is none that was sent`);
    if (!genuine) return undefined;
    this.#require(!asked.refused, () => `message ${number} was refused, and has come`);
    this.#name(asked, id);
    return asked;
  }

  #compose(number: number): Uint8Array {
    const draw = (Math.imul(number + 1, 0x9e3779b1) >>> 8) & 0xffff;
    return utf8(`${this.name} ${number} ${"x".repeat(draw < 600 ? 30 * draw : draw % 100)}`);
  }

  #require(holds: boolean, message: () => string): void {
    this.#findings.require(holds, () => `durable messages ${this.name}: ${message()}`);
  }
}
