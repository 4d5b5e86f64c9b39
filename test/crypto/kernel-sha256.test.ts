import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fromHex } from "../../src/bytes/index.js";
import { kernelModule } from "../../src/crypto/kernel-compiled.js";
import { KernelSha256 } from "../../src/crypto/kernel-sha256.js";
import { instantiate, type Kernel } from "../../src/crypto/kernel.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";

/** A kernel that nobody else uses. */
function fresh(): { kernel: Kernel; sha256: KernelSha256 } {
  const kernel = instantiate(kernelModule()!)!;
  return { kernel, sha256: new KernelSha256(kernel) };
}

const none = new Uint8Array(0);
const infoSize = 344;
/** The first two constants of the rounds, as they lie in the memory. */
const firstConstants = fromHex("982f8a4291443771")!;

/** The memory, but for the constants of the rounds. */
function memoryOf(kernel: Kernel): Buffer {
  const memory = Buffer.from(new Uint8Array(kernel.functions.memory.buffer));
  const constants = memory.indexOf(firstConstants);
  expect(constants).toBeGreaterThan(0);
  return memory.fill(0, constants, constants + 256);
}

describe("what stays in the kernel's memory", () => {
  const lengths = [0, 1, 31, 55, 56, 63, 64, 65, 119, 120, 448, 1000, 32_680];

  it("X45 after a digest, an HMAC or an HKDF: nothing at all of key, message, state and result", () => {
    const { kernel, sha256 } = fresh();
    expect(sha256.messageSize).toBe(32_680);
    for (const length of lengths) {
      const [message, key, salt] = [
        randomBytes(length),
        randomBytes(1 + (length % 64)),
        randomBytes(length % 65),
      ];
      for (const act of [
        () => sha256.hash([message.subarray(0, 1), message.subarray(1)]),
        () => sha256.hmac(key, [message]),
        () => sha256.hkdf(message, salt, randomBytes(length % (infoSize + 1)), 1 + (length % 8160)),
      ]) {
        act();
        expect(memoryOf(kernel).every(byte => byte === 0)).toBe(true);
      }
    }
  });

  it("keys and records are not touched by the longest message, info and output", () => {
    const { kernel, sha256 } = fresh();
    const keys = randomBytes(32);
    const slot = kernel.keys.take(keys)!;
    const message = randomBytes(sha256.messageSize);
    const info = randomBytes(infoSize);
    expect(sha256.takes(none, info, 8160)).toBe(true);
    sha256.hash([message]);
    sha256.hmac(randomBytes(64), [message]);
    sha256.hkdf(message, randomBytes(64), info, 8160);
    const memory = memoryOf(kernel);
    expect(memory.subarray(slot, slot + 32)).toEqual(keys);
    expect(memory.fill(0, slot, slot + 32).every(byte => byte === 0)).toBe(true);
  });
});

describe("SHA-256 by the kernel", () => {
  it("is right up to the longest message, key, info and output that it takes", () => {
    const { sha256 } = fresh();
    const [message, key] = [randomBytes(sha256.messageSize), randomBytes(64)];
    expect(Buffer.from(sha256.hkdf(message, key, key, 8160))).toEqual(
      Buffer.from(hkdfSync("sha256", message, key, key, 8160)),
    );
    const info = randomBytes(infoSize);
    expect(Buffer.from(sha256.hkdf(key, none, info, 64))).toEqual(
      Buffer.from(hkdfSync("sha256", key, none, info, 64)),
    );
    expect(Buffer.from(sha256.hash([message]))).toEqual(createHash("sha256").update(message).digest());
    expect(Buffer.from(sha256.hmac(key, [message]))).toEqual(
      createHmac("sha256", key).update(message).digest(),
    );
  });

  it("works while the memory grows for more keys", () => {
    const { kernel, sha256 } = fresh();
    const before = sha256.hmac(firstConstants, [firstConstants]);
    for (let i = 0; i < 2000; i++) kernel.keys.take(firstConstants);
    expect(sha256.hmac(firstConstants, [firstConstants])).toEqual(before);
  });

  it("refuses what has no room", () => {
    const { sha256 } = fresh();
    const [longSalt, longInfo] = [new Uint8Array(65), new Uint8Array(infoSize + 1)];
    expect(sha256.takes(longSalt, none, 32)).toBe(false);
    expect(sha256.takes(none, longInfo, 32)).toBe(false);
    for (const length of [0, -1, 1.5, Number.NaN, 8161, Infinity])
      expect(sha256.takes(none, none, length)).toBe(false);
  });
});

describe("which messages the kernel gets", () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    { provider: nodeProvider, longest: 448 },
    { provider: nobleProvider, longest: 32_680 },
  ])("of $provider.name: those of up to $longest bytes, in all their parts", ({ provider, longest }) => {
    const { hash, hkdf } = provider;
    const [hashes, hmacs, hkdfs] = (["hash", "hmac", "hkdf"] as const).map(name =>
      vi.spyOn(KernelSha256.prototype, name),
    );
    const message = randomBytes(longest + 1);
    for (const length of [longest, longest + 1]) {
      const parts = [message.subarray(0, 100), message.subarray(100, length)];
      hash.hash(...parts);
      hash.hmac(none, ...parts);
      expect(hashes).toHaveBeenCalledTimes(1);
      expect(hmacs).toHaveBeenCalledTimes(1);
    }
    hash.hmac(new Uint8Array(65), none);
    expect(hmacs).toHaveBeenCalledTimes(1);
    for (const length of [longest, longest + 1]) hkdf(hash, message.subarray(0, length), none, none, 32);
    expect(hkdfs).toHaveBeenCalledTimes(1);
  });

  it("HKDF over another hash, or of another provider, is not the kernel's", () => {
    const calls = vi.spyOn(KernelSha256.prototype, "hkdf");
    const twice = { ...nodeProvider.hash, hmac: (key: Uint8Array) => nodeProvider.hash.hmac(key, key) };
    expect(nodeProvider.hkdf(twice, none, none, none, 32)).not.toEqual(
      nodeProvider.hkdf(nodeProvider.hash, none, none, none, 32),
    );
    expect(calls).toHaveBeenCalledTimes(1);
  });
});
