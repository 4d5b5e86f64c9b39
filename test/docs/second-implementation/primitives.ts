import * as crypto from "node:crypto";

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "ascii"));
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(
    crypto
      .createHash("sha256")
      .update(concat(...parts))
      .digest(),
  );
export const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  new Uint8Array(crypto.createHmac("sha256", key).update(data).digest());
export const hkdf = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(crypto.hkdfSync("sha256", secret, salt, info, length));

/** ChaCha20-Poly1305: the ciphertext and the tag. */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
): { ciphertext: Uint8Array; tag: Uint8Array } {
  const cipher = crypto.createCipheriv("chacha20-poly1305", key, nonce, { authTagLength: 16 });
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
  const ciphertext = concat(cipher.update(plaintext), cipher.final());
  return { ciphertext, tag: new Uint8Array(cipher.getAuthTag()) };
}

const privatePrefix = Buffer.from("302e020100300506032b656e04220420", "hex");
const publicPrefix = Buffer.from("302a300506032b656e032100", "hex");

/** An X25519 key pair. */
export interface KeyPair {
  readonly privateKey: crypto.KeyObject;
  readonly publicKey: Uint8Array;
}

export function keyPair(secretKey: Uint8Array): KeyPair {
  const der = Buffer.concat([privatePrefix, secretKey]);
  const privateKey = crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = crypto.createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: new Uint8Array(spki.subarray(publicPrefix.length)) };
}

export function x25519({ privateKey }: KeyPair, publicKey: Uint8Array): Uint8Array {
  const der = Buffer.concat([publicPrefix, publicKey]);
  const key = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
  return new Uint8Array(crypto.diffieHellman({ privateKey, publicKey: key }));
}

/** `value` in `length` bytes, big-endian. */
export function big(value: number | bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = length - 1, left = BigInt(value); i >= 0; i--, left >>= 8n) bytes[i] = Number(left & 0xffn);
  return bytes;
}

/** `value` in `length` bytes, little-endian. */
export const little = (value: number | bigint, length: number): Uint8Array => big(value, length).reverse();
