import { concat, Secret, type RandomSource } from "../src/bytes/index.js";
import { aeadKeyByParts, type CryptoProvider, type DhKeyPair } from "../src/crypto/index.js";
import type { KeyLog } from "./key-log.js";
import { toyHash } from "./toy-hash.js";

const length = 32;
const unused = (): never => {
  throw new Error("No session signs.");
};
const pair = (publicKey: Uint8Array): DhKeyPair => ({ publicKey, dispose: () => undefined });

/** Which of two arrays of one length comes first. */
function precedes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return true;
}

/**
 * Primitives without any security, for exploring what the protocol does and not what it hides: the ciphertext is the plaintext, a public
 * key is all that there is of a key. What protocols rely on holds: both ends compute the same, and what differs in any input differs.
 */
export function toyProvider(log?: KeyLog): CryptoProvider {
  return {
    name: "node",
    random: () => unused(),
    hash: {
      name: "SHA256",
      hashLength: length,
      blockLength: 64,
      hash: toyHash,
      hmac: (key, ...parts) => toyHash(Uint8Array.of(key.length), key, ...parts),
    },
    hkdf: (_, inputKeyMaterial, salt, info, bytes) => {
      const prefix = Uint8Array.of(salt.length, inputKeyMaterial.length, bytes);
      const output = toyHash(prefix, salt, inputKeyMaterial, info);
      log?.derived(inputKeyMaterial, info, output);
      return output;
    },
    aead: {
      name: "ChaChaPoly",
      key: key => {
        const held = Uint8Array.from(key);
        const name = log?.used(held) ?? "";
        return aeadKeyByParts({
          seal: (nonce, associatedData, plaintext, ciphertext, tag) => {
            const digest = toyHash(held, nonce, associatedData, plaintext);
            log?.sealed(name, nonce, digest);
            ciphertext.set(plaintext);
            tag.set(digest.subarray(0, 16));
          },
          open: (nonce, associatedData, ciphertext, tag, plaintext) => {
            const digest = toyHash(held, nonce, associatedData, ciphertext);
            if (!tag.every((byte, i) => byte === digest[i])) return false;
            plaintext.set(ciphertext);
            return true;
          },
          dispose: () => undefined,
        });
      },
    },
    dh: {
      name: "25519",
      length,
      generateKeyPair: random => pair(random(length)),
      importKeyPair: secretKey => pair(Uint8Array.from(secretKey)),
      checkPublicKey: () => undefined,
      sharedSecret: ({ publicKey: own }, other) =>
        Secret.take(precedes(own, other) ? toyHash(own, other) : toyHash(other, own)),
    },
    kem: {
      name: "MLKEM768",
      publicKeyLength: length,
      ciphertextLength: length,
      sharedSecretLength: length,
      generateKeyPair: random => pair(random(length)),
      encapsulate: (publicKey, random) => {
        const ciphertext = random(length);
        return { ciphertext, sharedSecret: Secret.take(toyHash(publicKey, ciphertext)) };
      },
      decapsulate: ({ publicKey }, ciphertext) => Secret.take(toyHash(publicKey, ciphertext)),
    },
    signature: {
      name: "Ed25519",
      generateKeyPair: unused,
      importKeyPair: unused,
      sign: unused,
      verify: unused,
    },
  };
}

/** The same bytes for the same seed. */
export function toyRandom(seed: number): RandomSource {
  let counter = 0;
  return bytes => {
    const blocks: Uint8Array[] = [];
    for (let made = 0; made < bytes; made += length) {
      counter++;
      blocks.push(toyHash(Uint8Array.of(seed, counter & 0xff, counter >>> 8)));
    }
    return concat(...blocks).subarray(0, bytes);
  };
}
