// Our AEAD beside others.
import { randomBytes } from "node:crypto";
import sodium from "sodium-native";
import { byNode, ours } from "./aead-traffic.mjs";
import { rates } from "./measure.mjs";

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

const peers = { sodium: bySodium, node: byNode };

/** Ours beside one of `peers`. */
export const beside = async (settings, peer, size) => ({
  pairs: await rates(settings, ours(size), peers[peer](size)),
});
