import { toHex } from "../src/bytes/index.js";

/** What an end has derived and sealed since the log was last taken. */
export interface KeyLogEntries {
  /** Name of a record key (session, direction, epoch) and the key, shortened. */
  readonly keys: readonly (readonly [name: string, key: string])[];
  /** Key and nonce, and a digest of what was sealed under them. */
  readonly seals: readonly (readonly [keyAndNonce: string, digest: string])[];
}

const short = (bytes: Uint8Array): string => toHex(bytes.subarray(0, 8));
const chainLabels = { "bowline/chain/initiator/v1": "initiator", "bowline/chain/responder/v1": "responder" };
const label = new TextDecoder("latin1");

/** Stands under an end's primitives: which key is which, and what was sealed under it. */
export class KeyLog {
  /** How often HKDF was called. */
  derivations = 0;
  /** Chain secrets and record keys by their first bytes. */
  readonly #names = new Map<string, { readonly chain: string; readonly epoch: number }>();
  #keys: [string, string][] = [];
  #seals: [string, string][] = [];

  derived(from: Uint8Array, info: Uint8Array, output: Uint8Array): void {
    this.derivations++;
    const text = label.decode(info);
    for (const [prefix, direction] of Object.entries(chainLabels)) {
      if (!text.startsWith(prefix)) continue;
      const id = info.subarray(prefix.length, prefix.length + 32);
      const generation = (info.at(-2)! << 8) | info.at(-1)!;
      this.#names.set(short(output), { chain: `${short(id)}/${direction}`, epoch: generation * 0x1_0000 });
    }
    const parent = this.#names.get(short(from));
    if (parent === undefined) return;
    if (text.startsWith("rotation-")) {
      this.#names.set(short(output), { chain: parent.chain, epoch: parent.epoch + 1 });
    } else if (text.startsWith("bowline/record-key/")) {
      this.#names.set(short(output), parent);
    }
  }

  /** An AEAD key is made: its name for `sealed`. */
  used(key: Uint8Array): string {
    const name = this.#names.get(short(key));
    if (name !== undefined) this.#keys.push([`${name.chain}/${name.epoch}`, short(key)]);
    return short(key);
  }

  sealed(keyAndNonce: string, digest: Uint8Array): void {
    this.#seals.push([keyAndNonce, short(digest)]);
  }

  take(): KeyLogEntries {
    const entries = { keys: this.#keys, seals: this.#seals };
    [this.#keys, this.#seals] = [[], []];
    return entries;
  }
}
