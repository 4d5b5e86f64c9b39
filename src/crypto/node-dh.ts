import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { makeDh } from "./diffie-hellman.js";
import { fromBase64Url, plain, toBase64Url } from "./node-bytes.js";
import type { Dh } from "./provider.js";
import { x25519Rules, x448Rules } from "./public-key-check.js";

/** X25519 or X448 of OpenSSL. A pair keeps its KeyObject; OpenSSL erases the key when that is collected. */
export function nodeDh(name: Dh["name"]): Dh {
  const [crv, rules] = name === "25519" ? (["X25519", x25519Rules] as const) : (["X448", x448Rules] as const);
  return makeDh<KeyObject>(name, rules, {
    importSecretKey: secretKey => importSecretKey(crv, secretKey),
    agree: (privateKey, publicKey) =>
      plain(diffieHellman({ privateKey, publicKey: importPublicKey(crv, publicKey) })),
    erase: () => undefined,
  });
}

/**
 * The key pair of raw `secretKey` on curve `crv`. A JSON Web Key is ten times faster to import than DER; the string that
 * carries it can't be erased, and is left to the garbage collector.
 */
export function importSecretKey(
  crv: "X25519" | "X448" | "Ed25519",
  secretKey: Uint8Array,
): { material: KeyObject; publicKey: Uint8Array } {
  // The key format demands a public half; OpenSSL computes it anew.
  const jwk = { kty: "OKP", crv, d: toBase64Url(secretKey), x: "" };
  const material = createPrivateKey({ key: jwk, format: "jwk" });
  const { x } = createPublicKey(material).export({ format: "jwk" });
  return { material, publicKey: fromBase64Url(x!) };
}

/** The public key of raw bytes on curve `crv`. */
export function importPublicKey(crv: "X25519" | "X448" | "Ed25519", publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv, x: toBase64Url(publicKey) }, format: "jwk" });
}
