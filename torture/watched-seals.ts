import { createHmac } from "node:crypto";
import { aeadKeyByParts, type CryptoProvider } from "../src/crypto/index.js";

/**
 * `base` with its AEAD under watch: `told` is called before anything is sealed, with a digest of key and nonce, and one of associated data and
 * plaintext (32 bytes each, under `digestKey`).
 */
export function watchSeals(
  base: CryptoProvider,
  digestKey: Uint8Array,
  told: (place: Buffer, content: Buffer) => void,
): CryptoProvider {
  const digest = (first: Uint8Array, second: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(first.length);
    return createHmac("sha256", digestKey).update(length).update(first).update(second).digest();
  };
  const key = (bytes: Uint8Array) => {
    const name = digest(bytes, new Uint8Array(0));
    const inner = base.aead.key(bytes);
    return aeadKeyByParts({
      seal: (
        nonce: Uint8Array,
        associatedData: Uint8Array,
        plaintext: Uint8Array,
        ciphertext: Uint8Array,
        tag: Uint8Array,
      ): void => {
        told(digest(name, nonce), digest(associatedData, plaintext));
        inner.seal(nonce, associatedData, plaintext, ciphertext, tag);
      },
      open: inner.open.bind(inner),
      dispose: () => inner.dispose(),
    });
  };
  return { ...base, aead: { name: base.aead.name, key } };
}
