import { toHex, utf8 } from "../src/bytes/index.js";

/** What an end has derived and sealed since the log was last taken. */
export interface KeyLogEntries {
  /** Name of a key (session, direction, use, epoch) and the key, shortened. */
  readonly keys: readonly (readonly [name: string, key: string])[];
  /** Key and nonce, and a digest of what was sealed under them. */
  readonly seals: readonly (readonly [keyAndNonce: string, digest: string])[];
}

const short = (bytes: Uint8Array): string => toHex(bytes.subarray(0, 8));
/** A key of a map, quicker than text. */
const index = (bytes: Uint8Array): number =>
  bytes[0]! +
  0x100 * (bytes[1]! + 0x100 * (bytes[2]! + 0x100 * (bytes[3]! + 0x100 * (bytes[4]! + 0x100 * bytes[5]!))));

const begins = (info: Uint8Array, label: Uint8Array): boolean => label.every((byte, i) => byte === info[i]);
const chains = (["initiator", "responder"] as const).map(direction => ({
  direction,
  label: utf8(`bowline/chain/${direction}/v1`),
}));
const rotation = utf8("rotation-");
const keyUses = ["frame", "bare"].map(use => ({ use, label: utf8(`bowline/${use}-key/`) }));

/** Stands under an end's primitives: which key is which, and what was sealed under it. */
export class KeyLog {
  /** How often HKDF was called. */
  derivations = 0;
  /** Chain secrets and keys by their first bytes. */
  readonly #names = new Map<number, { readonly chain: string; readonly epoch: number }>();
  #keys: [string, string][] = [];
  #seals: [string, string][] = [];

  derived(from: Uint8Array, info: Uint8Array, output: Uint8Array): void {
    this.derivations++;
    for (const { direction, label } of chains) {
      if (!begins(info, label)) continue;
      const id = info.subarray(label.length, label.length + 32);
      const generation = (info.at(-2)! << 8) | info.at(-1)!;
      this.#names.set(index(output), { chain: `${short(id)}/${direction}`, epoch: generation * 0x1_0000 });
    }
    const parent = this.#names.get(index(from));
    if (parent === undefined) return;
    if (begins(info, rotation)) {
      this.#names.set(index(output), { chain: parent.chain, epoch: parent.epoch + 1 });
      return;
    }
    const use = keyUses.find(({ label }) => begins(info, label))?.use;
    if (use !== undefined)
      this.#names.set(index(output), { chain: `${parent.chain}/${use}`, epoch: parent.epoch });
  }

  /** An AEAD key is made: its name for `sealed`. */
  used(key: Uint8Array): string {
    const name = this.#names.get(index(key));
    if (name !== undefined) this.#keys.push([`${name.chain}/${name.epoch}`, short(key)]);
    return short(key);
  }

  sealed(key: string, nonce: Uint8Array, digest: Uint8Array): void {
    this.#seals.push([`${key}/${toHex(nonce)}`, short(digest)]);
  }

  take(): KeyLogEntries {
    const entries = { keys: this.#keys, seals: this.#seals };
    [this.#keys, this.#seals] = [[], []];
    return entries;
  }
}
