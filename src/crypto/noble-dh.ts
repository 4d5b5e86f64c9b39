import type { MontgomeryECDH } from "@noble/curves/abstract/montgomery.js";
import { Secret } from "../bytes/index.js";
import { makeDh } from "./diffie-hellman.js";
import type { Dh } from "./provider.js";
import type { CoordinateRules } from "./public-key-check.js";

/** The Diffie-Hellman function `name` over noble's `curve`, whose big integers can't be erased. */
export function nobleDh(
  name: Dh["name"],
  rules: CoordinateRules,
  curve: Pick<MontgomeryECDH, "getPublicKey" | "getSharedSecret">,
): Dh {
  return makeDh<Secret>(name, rules, {
    importSecretKey: secretKey => ({
      material: Secret.copy(secretKey),
      publicKey: curve.getPublicKey(secretKey),
    }),
    agree: (secretKey, publicKey) => curve.getSharedSecret(secretKey.expose(), publicKey),
    erase: secretKey => secretKey.dispose(),
  });
}
