import { afterEach, describe, expect, it, vi } from "vitest";
import type { CryptoProvider } from "../../src/crypto/index.js";
import { webAssembly } from "../../src/crypto/web-assembly.js";
import { describeAead } from "../contract/crypto/aead.js";
import { aeadValues, hashValues, hkdfValues, hmacValues } from "../contract/crypto/published-values.js";

const real = webAssembly()!;

/** Runtimes that serve no kernel, each in its way. */
const without: Readonly<Record<string, object | undefined>> = {
  "there is no WebAssembly": undefined,
  "a policy forbids compiling (CSP)": {
    ...real,
    Module: class {
      constructor() {
        throw new EvalError("Refused to compile or instantiate WebAssembly module");
      }
    },
  },
  "WebAssembly has no SIMD": {
    ...real,
    Module: class {
      constructor(bytes: Uint8Array) {
        if (bytes.length > 0)
          throw new SyntaxError("invalid value type, enable with --experimental-wasm-simd");
      }
    },
  },
  "a module can't be instantiated": {
    ...real,
    Instance: class {
      constructor() {
        throw new RangeError("Out of memory: cannot allocate Wasm memory");
      }
    },
  },
};

/** The providers as a process has them whose WebAssembly is `api`. */
async function providersWhere(api: object | undefined): Promise<readonly CryptoProvider[]> {
  vi.resetModules();
  vi.stubGlobal("WebAssembly", api);
  const { nobleProvider } = await import("../../src/crypto/noble-provider.js");
  const { nodeProvider } = await import("../../src/crypto/node-provider.js");
  return [nodeProvider, nobleProvider];
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe.each(Object.keys(without))("where %s", reason => {
  it("the other implementation serves, without a word", async () => {
    const { key, nonce, associatedData, plaintext, ciphertext, tag } = aeadValues.ChaChaPoly;
    for (const provider of await providersWhere(without[reason])) {
      const held = provider.aead.key(key);
      const { sharedKernel } = await import("../../src/crypto/kernel.js");
      expect(sharedKernel()).toBeUndefined();
      const [sealed, sealedTag] = [new Uint8Array(plaintext.length), new Uint8Array(16)];
      held.seal(nonce, associatedData, plaintext, sealed, sealedTag);
      expect([sealed, sealedTag]).toEqual([ciphertext, tag]);
      held.dispose();
    }
  });

  it("the other SHA-256 serves, too", async () => {
    for (const { hash, hkdf } of await providersWhere(without[reason])) {
      expect(hash.hash(new TextEncoder().encode("abc"))).toEqual(hashValues.SHA256);
      for (const { key, data, SHA256 } of hmacValues) expect(hash.hmac(key, data)).toEqual(SHA256);
      for (const { inputKeyMaterial, salt, info, output } of hkdfValues)
        expect(hkdf(hash, inputKeyMaterial, salt, info, output.length)).toEqual(output);
    }
  });
});

describe("where the memory for keys can't grow", async () => {
  const { sharedKernel } = await import("../../src/crypto/kernel.js");
  const { nobleProvider } = await import("../../src/crypto/noble-provider.js");
  const kernel = sharedKernel()!;
  const grow = vi.spyOn(kernel.keys, "take").mockReturnValue(undefined);
  const { used } = kernel.keys;
  describeAead(nobleProvider.aead);
  it("no key was in the kernel", () => {
    expect(grow).toHaveBeenCalled();
    expect(kernel.keys.used).toBe(used);
    grow.mockRestore();
  });
});
