// What stands for the cryptography where only the time of sessions is measured: everything has its length, nothing is secret.
import { defaultProvider } from "../dist/hazmat.js";
import { Secret } from "../dist/bytes/index.js";

const constant = length => new Uint8Array(length).fill(7);
let drawn = 0;
function counted(length) {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, drawn++);
  return bytes;
}

/** Both ends come to the same keys, since there is one key. */
export const idleProvider = {
  ...defaultProvider,
  random: counted,
  dh: {
    name: "25519",
    length: 32,
    generateKeyPair: random => ({ publicKey: random(32), dispose() {} }),
    checkPublicKey() {},
    sharedSecret: () => Secret.take(constant(32)),
  },
  aead: {
    name: "ChaChaPoly",
    key: () => ({
      seal: (_nonce, _associatedData, plaintext, ciphertext) => ciphertext.set(plaintext),
      open(_nonce, _associatedData, ciphertext, _tag, plaintext) {
        plaintext.set(ciphertext);
        return true;
      },
      sealRecord: (_associatedData, plaintext, output, offset) => output.set(plaintext, offset + 28),
      openRecord(record, _associatedData, output = new Uint8Array(record.length - 28)) {
        output.set(record.subarray(28));
        return output;
      },
      dispose() {},
    }),
  },
  hash: { ...defaultProvider.hash, hash: () => constant(32), hmac: () => constant(32) },
  hkdf: (_hash, _material, _salt, _info, length) => constant(length),
};
