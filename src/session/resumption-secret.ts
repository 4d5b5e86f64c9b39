import { copySecret, Secret, utf8, Writer } from "../bytes/index.js";
import type { CryptoProvider } from "../crypto/index.js";

/** Bytes of the name under which a responder finds what is resumed. */
export const resumptionNameLength = 16;
/** Bytes of the initiator's nonce. */
export const resumptionNonceLength = 32;

const noSalt = new Uint8Array(0);
const nameLabel = utf8("bowline/resumption-name/v1");
const preSharedKeyLabel = utf8("bowline/resumption-psk/v1");

/**
 * What a resumption secret (32 bytes) is called in clear: 16 bytes, which say nothing of the secret and are no other generation's.
 *
 * @see PROTOCOL, section 18.2
 */
export function resumptionName(provider: CryptoProvider, secret: Secret): Uint8Array {
  return provider.hkdf(provider.hash, secret.expose(), noSalt, nameLabel, resumptionNameLength);
}

/**
 * The pre-shared key of one resumption: 32 bytes, the caller's. `nonce`: 32 fresh bytes, so that no two resumptions have one key. `lineage`:
 * 32 bytes.
 *
 * @see PROTOCOL, section 18.2
 */
export function resumptionKey(
  provider: CryptoProvider,
  secret: Secret,
  nonce: Uint8Array,
  lineage: Uint8Array,
): Secret {
  const info = new Writer().bytes(preSharedKeyLabel).bytes(lineage).finish();
  return Secret.take(provider.hkdf(provider.hash, secret.expose(), nonce, info, 32));
}

/** The resumption secrets of a lineage that both ends may have: the newest, and the one before it, which the peer may not have got beyond. */
export class ResumptionSecrets {
  #secrets: readonly Secret[] = [];

  /** Takes over the newest one; what is older than the one before it is erased. */
  put(secret: Secret): void {
    const [newest, ...older] = this.#secrets;
    for (const old of older) old.dispose();
    this.#secrets = newest === undefined ? [secret] : [secret, newest];
  }

  get isEmpty(): boolean {
    return this.#secrets.length === 0;
  }

  /** Copies, the newest first; the caller disposes them. */
  copies(): Secret[] {
    return this.#secrets.map(copySecret);
  }

  dispose(): void {
    for (const secret of this.#secrets) secret.dispose();
    this.#secrets = [];
  }
}
