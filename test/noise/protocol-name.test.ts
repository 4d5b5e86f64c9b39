import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IK, KK, noiseProtocol, parseProtocolName, withHfs, withPsk } from "../../src/noise/index.js";
import { SessionError } from "../../src/errors/index.js";
import { algorithms, codeOf, protocolOf, provider, suites } from "./support.js";

const usageCodes = ["protocol-name-invalid", "algorithm-unsupported", "pattern-invalid", "invalid-argument"];

describe("protocol names", () => {
  it("are formed from the parts", () => {
    const { aead, dh, hash, kem } = provider;
    expect(noiseProtocol({ pattern: IK, aead, dh, hash }).name).toBe("Noise_IK_25519_ChaChaPoly_SHA256");
    expect(noiseProtocol({ pattern: withHfs(withPsk(KK, 2, 0)), aead, dh, hash, kem }).name).toBe(
      "Noise_KKhfs+psk0+psk2_25519+MLKEM768_ChaChaPoly_SHA256",
    );
  });

  it.each([
    ...suites.map(suite => `Noise_X1X1_${suite}`),
    "Noise_XXhfs_25519+MLKEM768_ChaChaPoly_SHA256",
    "Noise_KKhfs+psk0_448+MLKEM768_AESGCM_BLAKE2b",
    "Noise_XXfallback+psk0+psk2_25519_ChaChaPoly_SHA512",
    "Noise_XXpsk3+fallback_25519_ChaChaPoly_SHA512",
  ])("%s is parsed and formed again", name => {
    expect(protocolOf(name).name).toBe(name);
  });

  it.each([
    ["protocol-name-invalid", ""],
    ["protocol-name-invalid", "Noise"],
    ["protocol-name-invalid", "NoisePSK_XX_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "noise_XX_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XX_25519_ChaChaPoly"],
    ["protocol-name-invalid", "Noise_XX_25519_ChaChaPoly_SHA256_"],
    ["protocol-name-invalid", "Noise_XX_25519_ChaChaPoly_SHA256\n"],
    ["protocol-name-invalid", " Noise_XX_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise__25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_xx_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XX+psk0_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XXpsk0psk1+_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XXpsk2+psk0_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XXpsk0+psk0_25519_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_KKpsk0+hfs_25519+MLKEM768_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XXhfs_25519+ML-KEM-768_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XXhfs_25519+MLKEM768+MLKEM768_ChaChaPoly_SHA256"],
    ["protocol-name-invalid", "Noise_XX_25519_ChaChaPoly+AESGCM_SHA256"],
    ["protocol-name-invalid", `Noise_XX_25519_ChaChaPoly_SHA256${"6".repeat(255)}`],
    ["algorithm-unsupported", "Noise_QQ_25519_ChaChaPoly_SHA256"],
    ["algorithm-unsupported", "Noise_XXfoo_25519_ChaChaPoly_SHA256"],
    ["algorithm-unsupported", "Noise_XXpsk00_25519_ChaChaPoly_SHA256"],
    ["algorithm-unsupported", "Noise_XX_P256_ChaChaPoly_SHA256"],
    ["algorithm-unsupported", "Noise_XX_25519_ChaChaPoly_SHA3/256"],
    ["algorithm-unsupported", "Noise_XXhfs_25519+448_ChaChaPoly_SHA256"],
    ["pattern-invalid", "Noise_XXpsk4_25519_ChaChaPoly_SHA256"],
    ["pattern-invalid", `Noise_XXpsk${"9".repeat(40)}_25519_ChaChaPoly_SHA256`],
    ["pattern-invalid", "Noise_XXfallback+hfs_25519+MLKEM768_ChaChaPoly_SHA256"],
    ["pattern-invalid", "Noise_XXhfs+fallback_25519+MLKEM768_ChaChaPoly_SHA256"],
    ["pattern-invalid", "Noise_IKfallback_25519_ChaChaPoly_SHA256"],
    ["invalid-argument", "Noise_XXhfs_25519_ChaChaPoly_SHA256"],
    ["invalid-argument", "Noise_XX_25519+MLKEM768_ChaChaPoly_SHA256"],
  ])("X40 %s: %s", (code, name) => {
    expect(codeOf(() => parseProtocolName(name, algorithms))).toBe(code);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      "Noise",
      "_",
      "+",
      "XX",
      "IK",
      "N",
      "psk0",
      "psk1",
      "hfs",
      "fallback",
      "25519",
      "448",
      "MLKEM768",
    ),
    fc.constantFrom("ChaChaPoly", "AESGCM", "SHA256", "BLAKE2b", "1", "/", "constructor", "__proto__"),
    fc.string({ maxLength: 3, unit: "binary" }),
  );

  it("X40 any text is a protocol of that name, or a typed error", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.array(piece, { maxLength: 16 }).map(pieces => pieces.join("")),
      fc
        .tuple(fc.array(piece, { maxLength: 3 }), piece, piece, piece)
        .map(([pattern, dh, aead, hash]) => `Noise_${pattern.join("")}_${dh}_${aead}_${hash}`),
    );
    fc.assert(
      fc.property(name, text => {
        try {
          expect(parseProtocolName(text, algorithms).name).toBe(text);
        } catch (error) {
          expect(SessionError.is(error) && usageCodes.includes(error.code)).toBe(true);
        }
      }),
      { seed: 40, numRuns: 3000 },
    );
  });

  it("X40 a mutated name is another protocol, or a typed error", () => {
    const valid = "Noise_KKhfs+psk0_25519+MLKEM768_ChaChaPoly_SHA256";
    const mutation = fc.tuple(fc.nat(valid.length), fc.nat(2), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(mutation, ([at, removed, inserted]) => {
        const text = valid.slice(0, at) + inserted + valid.slice(at + removed);
        if (text === valid) return;
        try {
          expect(parseProtocolName(text, algorithms).name).toBe(text);
        } catch (error) {
          expect(SessionError.is(error) && usageCodes.includes(error.code)).toBe(true);
        }
      }),
      { seed: 41, numRuns: 2000 },
    );
  });
});
