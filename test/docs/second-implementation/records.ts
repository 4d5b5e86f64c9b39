import { ascii, big, concat, hkdf, little, seal, sha256 } from "./primitives.js";

const none: Uint8Array = new Uint8Array(0);

/** Frame types and control plaintexts, as PROTOCOL, sections 3.2 and 8, name them. */
export const type = { retry: 2, handshake: 4, resume: 5, message: 0x10, batch: 0x11, control: 0x12 };
export const control = {
  confirm: Uint8Array.of(1),
  close: Uint8Array.of(2, 0),
  epoch: Uint8Array.of(3),
  proposeGeneration: (body: Uint8Array): Uint8Array => concat(Uint8Array.of(4), body),
  answerGeneration: (body: Uint8Array): Uint8Array => concat(Uint8Array.of(5), body),
  proposeRenewal: (body: Uint8Array): Uint8Array => concat(Uint8Array.of(6), body),
  answerRenewal: (body: Uint8Array): Uint8Array => concat(Uint8Array.of(7), body),
};

/** What the key schedule makes of a finished handshake. */
export function sessionKeys(h: Uint8Array, ck: Uint8Array) {
  const id = sha256(ascii("bowline/session-id/v1"), h);
  const root = hkdf(ck, h, ascii("bowline/root/v1"), 32);
  return { id, root, ...generationKeys(root, id, 0) };
}

/** What a generation's root is split into. */
export function generationKeys(root: Uint8Array, id: Uint8Array, generation: number) {
  const split = (name: string): Uint8Array =>
    hkdf(root, none, concat(ascii(`bowline/${name}/v1`), id, big(generation, 2)), 32);
  return {
    initiatorChain: split("chain/initiator"),
    responderChain: split("chain/responder"),
    resumption: split("resumption"),
    exporter: split("exporter"),
    nextRoot: split("next-root"),
  };
}

export const frameKey = (chain: Uint8Array): Uint8Array =>
  hkdf(chain, none, ascii("bowline/frame-key/v1"), 32);
export const bareKey = (chain: Uint8Array): Uint8Array => hkdf(chain, none, ascii("bowline/bare-key/v1"), 32);
export const nextChain = (chain: Uint8Array, rotation: number): Uint8Array =>
  hkdf(chain, none, ascii(`rotation-${rotation}`), 32);

/** One record. */
export function record(
  key: Uint8Array,
  counter: number,
  epoch: number,
  plaintext: Uint8Array,
  associatedData = none,
): Uint8Array {
  const nonce = concat(little(counter, 8), little(epoch, 4));
  const { ciphertext, tag } = seal(key, nonce, associatedData, plaintext);
  return concat(nonce, tag, ciphertext);
}

const flagsOf = (ordered: boolean, renewals: number): number => (ordered ? 1 : 0) + 2 * (renewals % 4);

/** The associated data of a sealed frame. `count` is there on an ordered path, and nowhere else. */
export function associatedData(
  type: number,
  id: Uint8Array,
  count: number | undefined,
  renewals = 0,
): Uint8Array {
  const flags = flagsOf(count !== undefined, renewals);
  const counted = count === undefined ? none : little(count, 8);
  return concat(ascii("bowline/frame/v1"), Uint8Array.of(type, flags), id, counted);
}

/** Makes the frames and bare records of one direction of a session. */
export class FrameWriter {
  readonly #id: Uint8Array;
  readonly #ordered: boolean;
  readonly #renewals: number;
  #chain: Uint8Array;
  #epoch = 0;
  #counter = 0;
  #bareCounter = 0;
  #before: number;

  constructor(id: Uint8Array, chain: Uint8Array, ordered: boolean, renewals = 0, before = 0) {
    this.#id = id;
    this.#chain = chain;
    this.#ordered = ordered;
    this.#renewals = renewals;
    this.#before = before;
  }

  /** Frames so far, in all epochs. */
  get sealed(): number {
    return this.#before + this.#counter;
  }

  frame(type: number, plaintext: Uint8Array): Uint8Array {
    const count = this.#ordered ? this.#before : undefined;
    const data = associatedData(type, this.#id, count, this.#renewals);
    const flags = flagsOf(this.#ordered, this.#renewals);
    const sealed = record(frameKey(this.#chain), ++this.#counter, this.#epoch, plaintext, data);
    return concat(Uint8Array.of(type, flags), sealed);
  }

  bare(plaintext: Uint8Array): Uint8Array {
    return record(bareKey(this.#chain), ++this.#bareCounter, this.#epoch, plaintext);
  }

  rotate(): void {
    this.#begin(nextChain(this.#chain, this.#epoch + 1), this.#epoch + 1);
  }

  /** Goes on under rotation 0 of a generation. */
  advance(chain: Uint8Array, generation: number): void {
    this.#begin(chain, generation * 0x1_0000);
  }

  #begin(chain: Uint8Array, epoch: number): void {
    this.#before += this.#counter;
    [this.#chain, this.#epoch, this.#counter, this.#bareCounter] = [chain, epoch, 0, 0];
  }
}

export const batch = (...items: readonly Uint8Array[]): Uint8Array =>
  concat(...items.flatMap(item => [big(item.length, 4), item]));

export function exported(
  exporter: Uint8Array,
  label: Uint8Array,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const bound = concat(big(length, 2), big(label.length, 1), label, sha256(context));
  return hkdf(exporter, none, concat(ascii("bowline/exporter/v1"), bound), length);
}
