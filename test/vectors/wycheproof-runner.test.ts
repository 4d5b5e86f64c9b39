import { describe, expect, it } from "vitest";
import { runFile, type Subject, type WycheproofFile } from "../../scripts/wycheproof/run-file.mjs";
import { toHex } from "../../src/bytes/index.js";
import { nobleExtra } from "../../src/crypto/noble-extra.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { SessionError } from "../../src/errors/index.js";

const subject: Subject = {
  provider: nobleProvider,
  extra: nobleExtra,
  isRefusal: error => SessionError.is(error),
};

const { dh } = nobleProvider;
const secretKey = new Uint8Array(32).fill(1);
const peer = dh.importKeyPair(new Uint8Array(32).fill(2)).publicKey;
const shared = toHex(dh.sharedSecret(dh.importKeyPair(secretKey), peer).expose());

function xdh(
  ...tests: { result: string; flags?: string[]; public?: string; shared?: string }[]
): WycheproofFile {
  const sound = { tcId: 1, private: toHex(secretKey), public: toHex(peer), shared };
  return {
    algorithm: "XDH",
    testGroups: [{ type: "XdhComp", curve: "curve25519", tests: tests.map(test => ({ ...sound, ...test })) }],
  } as unknown as WycheproofFile;
}

/** A subject whose Diffie-Hellman is `sharedSecret`. */
const withSharedSecret = (sharedSecret: typeof dh.sharedSecret): Subject => ({
  ...subject,
  provider: { ...nobleProvider, dh: { ...dh, sharedSecret } },
});

describe("the Wycheproof runner", () => {
  it("passes what is right", () => {
    const file = xdh(
      { result: "valid" },
      { result: "acceptable" },
      { result: "invalid", public: "00".repeat(31) },
    );
    expect(runFile(file, subject)).toMatchObject({ passed: 3, failed: 0, skipped: 0 });
  });

  it("fails a wrong value, also where the test is only acceptable", () => {
    const file = xdh(
      { result: "valid", shared: "00".repeat(32) },
      { result: "acceptable", shared: "00".repeat(32) },
    );
    expect(runFile(file, subject)).toMatchObject({ passed: 0, failed: 2 });
  });

  it("fails what should be refused and is not, and what is refused and should not be", () => {
    const file = xdh({ result: "invalid" }, { result: "valid", public: "00".repeat(32) });
    expect(runFile(file, subject)).toMatchObject({ passed: 0, failed: 2 });
  });

  it("H24 fails a zero shared secret that is let through, whatever its result says", () => {
    const lenient = withSharedSecret(pair => dh.sharedSecret(pair, peer));
    for (const result of ["valid", "acceptable", "invalid"]) {
      expect(runFile(xdh({ result, flags: ["Twist", "ZeroSharedSecret"] }), lenient)).toMatchObject({
        failed: 1,
      });
    }
  });

  it("X40 fails an error without a code, where a refusal would pass", () => {
    const crashing = withSharedSecret(() => {
      throw new TypeError("no");
    });
    expect(runFile(xdh({ result: "invalid" }), crashing)).toMatchObject({ passed: 0, failed: 1 });
    expect(runFile(xdh({ result: "acceptable" }), crashing)).toMatchObject({ passed: 0, failed: 1 });
  });

  it("counts as skipped, with the reason, what bowline or the runtime lacks", () => {
    const tests = [{ tcId: 1, result: "valid" }];
    const file = (algorithm: string, group: object): WycheproofFile =>
      ({ algorithm, testGroups: [{ ...group, tests }] }) as unknown as WycheproofFile;
    const lacking: Subject = { ...subject, lacks: { mlKem: "no ML-KEM here" } };
    for (const [report, reason] of [
      [runFile(file("AEGIS128", { type: "AeadTest" }), subject), "bowline has no AEGIS128"],
      [runFile(file("RSA", { type: "RsaTest" }), subject), "tests of type RsaTest do not apply"],
      [
        runFile(file("ML-KEM", { type: "MLKEMTest", parameterSet: "ML-KEM-512" }), subject),
        "bowline has no ML-KEM-512",
      ],
      [runFile(file("ML-KEM", { type: "MLKEMTest", parameterSet: "ML-KEM-768" }), lacking), "no ML-KEM here"],
    ] as const) {
      expect(report).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
      expect([...report.skips]).toEqual([[reason, 1]]);
    }
  });
});
