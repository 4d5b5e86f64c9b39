// The AEAD alone: one key, a nonce for each message, no associated data. Each function gives an act that seals a text and opens it again.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { defaultProvider } from "../dist/hazmat.js";

const none = new Uint8Array(0);

/** Ours: a record, in buffers that are used again. */
export function ours(size) {
  const key = defaultProvider.aead.key(randomBytes(32));
  const plaintext = new Uint8Array(randomBytes(size));
  const [record, opened] = [new Uint8Array(28 + size), new Uint8Array(size)];
  const counter = new DataView(record.buffer);
  let next = 0;
  return () => {
    counter.setUint32(0, next++, true);
    key.sealRecord(none, plaintext, record, 0);
    if (!key.openRecord(record, none, opened)) throw new Error("A record does not open.");
  };
}

/** node:crypto, which takes no output buffers. */
export function byNode(size) {
  const [key, plaintext, nonce] = [randomBytes(32), randomBytes(size), Buffer.alloc(12)];
  let next = 0;
  return () => {
    nonce.writeUInt32LE(next++);
    const cipher = createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    const decipher = createDecipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
    decipher.setAuthTag(cipher.getAuthTag());
    decipher.update(ciphertext);
    decipher.final();
  };
}
