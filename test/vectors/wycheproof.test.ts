import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { runFile, type Subject, type WycheproofFile } from "../../scripts/wycheproof/run-file.mjs";
import { KernelKey } from "../../src/crypto/kernel-key.js";
import { KernelSha256 } from "../../src/crypto/kernel-sha256.js";
import { sharedKernel } from "../../src/crypto/kernel.js";
import { nobleExtra } from "../../src/crypto/noble-extra.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeExtra } from "../../src/crypto/node-extra.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { SessionError } from "../../src/errors/index.js";

const folder = new URL("../../../shared/vectors/wycheproof/", import.meta.url);
const present = existsSync(folder);
const names = present ? readdirSync(folder).filter(name => name.endsWith(".json")) : [];

const isRefusal = (error: unknown): boolean => SessionError.is(error);
const subjects: readonly Subject[] = [
  { provider: nodeProvider, extra: nodeExtra, isRefusal },
  { provider: nobleProvider, extra: nobleExtra, isRefusal },
];

describe.skipIf(!present && process.env["CI"] === undefined)("published vectors of Wycheproof", () => {
  it("are there", () => {
    expect(names).not.toEqual([]);
  });

  for (const name of names) {
    const file = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as WycheproofFile;
    const count = file.testGroups.reduce((sum, group) => sum + group.tests.length, 0);
    const attacks = name.startsWith("x25519") ? "H24 H25 " : "";
    it.each(subjects)(`${attacks}all ${count} of ${name} hold with $provider.name`, subject => {
      const { passed, skipped, failures } = runFile(file, subject);
      expect(failures).toEqual([]);
      expect({ passed, skipped }).toEqual({ passed: count, skipped: 0 });
    });
  }

  it("run on the kernel, in both providers", () => {
    expect(sharedKernel()).toBeDefined();
    for (const { provider } of subjects)
      expect(provider.aead.key(new Uint8Array(32))).toBeInstanceOf(KernelKey);
    const file = JSON.parse(readFileSync(new URL("hkdf_sha256_test.json", folder), "utf8")) as WycheproofFile;
    const calls = vi.spyOn(KernelSha256.prototype, "hkdf");
    for (const subject of subjects) {
      calls.mockClear();
      runFile(file, subject);
      expect(calls.mock.calls.length).toBeGreaterThan(50);
    }
    calls.mockRestore();
  });

  it("H24 refuses every zero shared secret, whatever the file allows", () => {
    const file = JSON.parse(readFileSync(new URL("x25519_test.json", folder), "utf8")) as WycheproofFile;
    const zero = file.testGroups.flatMap(({ tests }) =>
      tests.filter(({ flags }) => flags?.includes("ZeroSharedSecret")),
    );
    expect(zero).toHaveLength(31);
  });
});
