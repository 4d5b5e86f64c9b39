import { ascii, big, concat, hkdf, little, seal, sha256 } from "./primitives.js";

const none: Uint8Array = new Uint8Array(0);

/** What the key schedule makes of a finished handshake. */
export function sessionKeys(h: Uint8Array, ck: Uint8Array) {
  const id = sha256(ascii("bowline/session-id/v1"), h);
  const root = hkdf(ck, h, ascii("bowline/root/v1"), 32);
  const split = (name: string): Uint8Array =>
    hkdf(root, none, concat(ascii(`bowline/${name}/v1`), id, big(0, 2)), 32);
  return {
    id,
    root,
    initiatorChain: split("chain/initiator"),
    responderChain: split("chain/responder"),
    exporter: split("exporter"),
  };
}

export const recordKey = (chain: Uint8Array): Uint8Array =>
  hkdf(chain, none, ascii("bowline/record-key/v1"), 32);
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

/** The associated data of a sealed frame. `count` is there on an ordered path, and nowhere else. */
export function associatedData(type: number, id: Uint8Array, count: number | undefined): Uint8Array {
  const flags = count === undefined ? 0 : 1;
  const counted = count === undefined ? none : little(count, 8);
  return concat(ascii("bowline/frame/v1"), Uint8Array.of(type, flags), id, counted);
}

/** Makes the frames of one direction of a session. */
export class FrameWriter {
  readonly #id: Uint8Array;
  readonly #ordered: boolean;
  #chain: Uint8Array;
  #epoch = 0;
  #counter = 0;
  #before = 0;

  constructor(id: Uint8Array, chain: Uint8Array, ordered: boolean) {
    this.#id = id;
    this.#chain = chain;
    this.#ordered = ordered;
  }

  frame(type: number, plaintext: Uint8Array): Uint8Array {
    const data = associatedData(type, this.#id, this.#ordered ? this.#before : undefined);
    const flags = this.#ordered ? 1 : 0;
    return concat(Uint8Array.of(type, flags), this.#record(plaintext, data));
  }

  bare(plaintext: Uint8Array): Uint8Array {
    return this.#record(plaintext, none);
  }

  rotate(): void {
    this.#chain = nextChain(this.#chain, ++this.#epoch);
    this.#before += this.#counter;
    this.#counter = 0;
  }

  #record(plaintext: Uint8Array, data: Uint8Array): Uint8Array {
    return record(recordKey(this.#chain), ++this.#counter, this.#epoch, plaintext, data);
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
