import { Secret, toHex, utf8 } from "../../src/bytes/index.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { aeadKeyByParts, type AeadKey } from "../../src/crypto/index.js";
import {
  sealedFrameType,
  type Ordering,
  type RecordCrypto,
  type SealedFrameType,
} from "../../src/record/index.js";
import { RestoreEnd } from "../../src/record/restore-end.js";
import type { Direction } from "../../src/record/restore-header.js";
import type { RestoredPeer } from "../../src/record/restore-opener.js";
import { restoreSecrets } from "../../src/session/key-schedule.js";
import { at, sessionId } from "./support.js";

export const { message } = sealedFrameType;
export const grace = 1_000;

/** Remembers what was sealed under each key and nonce, and fails where that was something else before. */
export class NonceOracle {
  readonly provider: RecordCrypto;
  readonly #sealed = new Map<string, string>();

  constructor() {
    const { aead, hash, hkdf } = nodeProvider;
    this.provider = {
      hash,
      hkdf,
      aead: {
        name: aead.name,
        key: bytes => this.#watched(toHex(bytes), aead.key(bytes)),
      },
    };
  }

  /** Records sealed. */
  get size(): number {
    return this.#sealed.size;
  }

  #watched(name: string, key: AeadKey): AeadKey {
    return aeadKeyByParts({
      seal: (nonce, associatedData, plaintext, ciphertext, tag) => {
        const use = `${name} ${toHex(nonce)}`;
        const what = `${toHex(plaintext)} ${toHex(associatedData)}`;
        if (this.#sealed.has(use) && this.#sealed.get(use) !== what)
          throw new Error("a key and nonce were used for two things");
        this.#sealed.set(use, what);
        key.seal(nonce, associatedData, plaintext, ciphertext, tag);
      },
      open: (...args) => key.open(...args),
      dispose: () => key.dispose(),
    });
  }
}

export interface EndOptions {
  readonly role: Direction;
  readonly fence: bigint;
  readonly restored: boolean;
  readonly peer?: RestoredPeer;
  readonly ordering?: Ordering;
  readonly provider?: RecordCrypto;
  readonly generation?: number;
  readonly root?: number;
}

export function restoreEnd(options: EndOptions): RestoreEnd {
  const { ordering = "out-of-order", provider = nodeProvider, generation = 3, root = 9 } = options;
  const secret = Secret.take(new Uint8Array(32).fill(root));
  const secrets = restoreSecrets(nodeProvider, secret, sessionId, generation);
  secret.dispose();
  const random = nodeProvider.random;
  return new RestoreEnd({ ...options, provider, random, sessionId, generation, secrets, ordering, grace });
}

export function seal(end: RestoreEnd, text: string, type: SealedFrameType = message): Uint8Array {
  return end.seal(type, utf8(text));
}

/** The text of a frame; undefined where it delivers none. */
export function open(end: RestoreEnd, frame: Uint8Array, now = 0): string | undefined {
  const { opened } = end.open(frame, at(now));
  return opened && new TextDecoder().decode(opened.plaintext);
}
