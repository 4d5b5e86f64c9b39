import { type KeyObject, sign, verify } from "node:crypto";
import { makeEd25519 } from "./ed25519.js";
import { plain } from "./node-bytes.js";
import { importPublicKey, importSecretKey } from "./node-dh.js";
import type { Signature } from "./provider.js";

/** Ed25519 of OpenSSL, whose equation has no cofactor and compares bytes. */
export const nodeEd25519: Signature = makeEd25519<KeyObject>({
  importSeed: seed => importSecretKey("Ed25519", seed),
  sign: (privateKey, message) => plain(sign(null, message, privateKey)),
  verify: (publicKey, message, signature) =>
    verify(null, message, importPublicKey("Ed25519", publicKey), signature),
  erase: () => undefined,
});
