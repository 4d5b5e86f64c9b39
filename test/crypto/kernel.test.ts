import { createCipheriv, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { kernelInSource, kernelIsCurrent } from "../../scripts/kernel.mjs";
import { instantiate, sharedKernel, type Kernel } from "../../src/crypto/kernel.js";
import { kernelModule } from "../../src/crypto/kernel-compiled.js";
import { KernelKey } from "../../src/crypto/kernel-key.js";
import { PartsCipher } from "../../src/crypto/kernel-parts.js";
import { nobleProvider } from "../../src/crypto/noble-provider.js";
import { nodeProvider } from "../../src/crypto/node-provider.js";
import { webAssembly } from "../../src/crypto/web-assembly.js";

/** A kernel that nobody else uses, and one key in it. */
function fresh(keyBytes: Uint8Array = randomBytes(32)): { kernel: Kernel; key: KernelKey; slot: number } {
  const kernel = instantiate(kernelModule()!)!;
  const slot = kernel.keys.take(keyBytes)!;
  const long = { longest: kernel.textSize, cipher: new PartsCipher(kernel) };
  return { kernel, key: new KernelKey(kernel, slot, long), slot };
}

const memoryOf = (kernel: Kernel): Buffer => Buffer.from(kernel.functions.memory.buffer);
const none = new Uint8Array(0);

type Describe = (module: object) => readonly { readonly kind: string }[];

describe("the kernel", () => {
  it("is of the source that stands in kernel/", () => {
    expect(kernelIsCurrent()).toBe(true);
    expect(kernelInSource().length).toBeLessThan(16_384);
  });

  it("imports nothing, and has neither table nor data", () => {
    const { Module } = webAssembly() as unknown as {
      Module: (new (bytes: Uint8Array) => object) & Readonly<Record<"imports" | "exports", Describe>>;
    };
    const module = new Module(kernelInSource());
    expect(Module.imports(module)).toEqual([]);
    expect(Module.exports(module).filter(({ kind }) => kind === "table")).toEqual([]);
    const memory = Buffer.from(instantiate(kernelModule()!)!.functions.memory.buffer);
    expect(memory.every(byte => byte === 0)).toBe(true);
  });

  it("serves both providers here", () => {
    const { used } = sharedKernel()!.keys;
    const keys = [nodeProvider, nobleProvider].map(provider => provider.aead.key(new Uint8Array(32)));
    expect(keys.every(key => key instanceof KernelKey)).toBe(true);
    expect(sharedKernel()!.keys.used).toBe(used + 2);
    for (const key of keys) key.dispose();
    expect(sharedKernel()!.keys.used).toBe(used);
  });
});

describe("keys in the kernel", () => {
  it("seal and open as before while the memory grows for more of them", () => {
    const { kernel, key } = fresh(new Uint8Array(32).fill(7));
    const [plaintext, before, after] = [randomBytes(300), new Uint8Array(328), new Uint8Array(328)];
    key.sealRecord(none, plaintext, before, 0);
    const size = kernel.functions.memory.buffer.byteLength;
    for (let i = 0; i < 5000; i++) kernel.keys.take(randomBytes(32));
    expect(kernel.functions.memory.buffer.byteLength).toBeGreaterThan(size);
    key.sealRecord(none, plaintext, after, 0);
    expect(after).toEqual(before);
    const opened = new Uint8Array(300);
    expect(key.openRecord(after, none, opened)).toBe(opened);
    expect(Buffer.from(opened).equals(plaintext)).toBe(true);
  });

  it("are given back once, however often they are disposed: no two keys get the same place", () => {
    const { kernel, key } = fresh();
    key.dispose();
    key.dispose();
    expect(kernel.keys.used).toBe(0);
    expect(kernel.keys.take(randomBytes(32))).not.toBe(kernel.keys.take(randomBytes(32)));
  });
});

describe("what stays in the kernel's memory", () => {
  const lengths = [1, 16, 64, 192, 193, 448, 1000, 32_768, 32_769, 100_000];

  it("X45 after a record was sealed or opened: no plaintext, no key stream, no one-time key, no key that was disposed", () => {
    for (const length of lengths) {
      const keyBytes = randomBytes(32);
      const { kernel, key, slot } = fresh(keyBytes);
      const plaintext = randomBytes(length);
      const record = new Uint8Array(28 + length);
      const associatedData = randomBytes(600).subarray(0, length % 601);
      const oneTimeKey = keyStream(keyBytes, new Uint8Array(12));
      const first = (bytes: Uint8Array): Buffer => Buffer.from(bytes.subarray(0, 16));
      const last = (bytes: Uint8Array): Buffer => Buffer.from(bytes.subarray(-16));
      const opened = new Uint8Array(length);
      for (const act of [
        () => key.sealRecord(associatedData, plaintext, record, 0),
        () => expect(key.openRecord(record, associatedData, opened)).toBe(opened),
        () => expect(key.openRecord(record, Uint8Array.of(...associatedData, 1), opened)).toBeUndefined(),
      ]) {
        act();
        const memory = memoryOf(kernel);
        if (length >= 16)
          for (const trace of [first(plaintext), last(plaintext)]) expect(memory.includes(trace)).toBe(false);
        expect(memory.includes(first(oneTimeKey))).toBe(false);
        expect(memory.includes(last(oneTimeKey.subarray(0, 32)))).toBe(false);
        expect(memory.includes(first(oneTimeKey.subarray(64)))).toBe(false);
      }
      expect(memoryOf(kernel).includes(first(keyBytes))).toBe(true);
      key.dispose();
      key.dispose();
      expect(memoryOf(kernel).includes(first(keyBytes))).toBe(false);
      expect(
        memoryOf(kernel)
          .subarray(slot, slot + 32)
          .every(byte => byte === 0),
      ).toBe(true);
    }
  });

  it("R23 X45 a forged record leaves nothing of what it would have been", () => {
    for (const length of lengths.filter(atLeast => atLeast >= 16)) {
      const { kernel, key } = fresh();
      const plaintext = Buffer.alloc(length, "unverified");
      const record = new Uint8Array(28 + length);
      key.sealRecord(none, plaintext, record, 0);
      record[12]! ^= 1;
      expect(key.openRecord(record, none, new Uint8Array(length))).toBeUndefined();
      expect(memoryOf(kernel).includes(plaintext.subarray(0, 16))).toBe(false);
    }
  });
});

/** The first blocks of key stream: zeros, sealed under the block counter 0. */
function keyStream(key: Uint8Array, nonce: Uint8Array): Buffer {
  return createCipheriv("chacha20", key, Buffer.concat([Buffer.alloc(4), nonce])).update(Buffer.alloc(256));
}
