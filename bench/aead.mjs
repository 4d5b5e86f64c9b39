// The AEAD alone: one key, a nonce for each message, no associated data. Each function gives an act that seals a text and opens it again.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { defaultProvider } from "../dist/hazmat.js";
import sodium from "sodium-native";
import { rates } from "./measure.mjs";

const none = new Uint8Array(0);

/** Ours: a record, in buffers that are used again. */
function ours(size) {
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

/** libsodium, native, in buffers that are used again. */
function bySodium(size) {
  const [key, plaintext, nonce] = [randomBytes(32), randomBytes(size), Buffer.alloc(12)];
  const [sealed, opened] = [Buffer.alloc(size + 16), Buffer.alloc(size)];
  let next = 0;
  return () => {
    nonce.writeUInt32LE(next++);
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(sealed, plaintext, null, null, nonce, key);
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt(opened, null, sealed, null, nonce, key);
  };
}

/** node:crypto, which takes no output buffers. */
function byNode(size) {
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

const peers = { sodium: bySodium, node: byNode };

/** Ours beside one of `peers`. */
export const beside = async (settings, peer, size) => ({
  pairs: await rates(settings, ours(size), peers[peer](size)),
});
