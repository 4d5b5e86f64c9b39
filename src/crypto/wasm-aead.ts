import { CipherKey, keyLength, type AeadCipher } from "./aead.js";
import { KernelKey, type LongTexts } from "./kernel-key.js";
import { PartsCipher } from "./kernel-parts.js";
import { sharedKernel, type Kernel } from "./kernel.js";
import { requireLength } from "./lengths.js";
import type { Aead } from "./provider.js";

/** What serves beside the kernel. */
export interface WasmAeadOptions {
  /** Where there is no kernel, or no more memory for its keys. */
  readonly fallback: AeadCipher;
  /** Longer texts, in bytes, go to the fallback all the same; by default none do. */
  readonly longest?: number;
}

/** ChaCha20-Poly1305 by the kernel where the runtime has WebAssembly with SIMD and permits it. The first key decides. */
export function wasmAead({ fallback, longest }: WasmAeadOptions): Aead {
  let long: LongTexts | undefined;
  return Object.freeze({
    name: "ChaChaPoly",
    key: key => {
      requireLength(key, keyLength, "key");
      const kernel = sharedKernel();
      const slot = kernel?.keys.take(key);
      if (kernel === undefined || slot === undefined) return new CipherKey(fallback, key);
      long ??=
        longest === undefined
          ? { longest: kernel.textSize, cipher: new PartsCipher(kernel) }
          : { longest: Math.min(longest, kernel.textSize), cipher: withKeysOf(kernel, fallback) };
      return new KernelKey(kernel, slot, long);
    },
  } satisfies Aead);
}

/** `cipher` with the keys where the kernel has them. */
function withKeysOf(kernel: Kernel, cipher: AeadCipher): AeadCipher<number> {
  return {
    seal: (slot, ...rest) => cipher.seal(kernel.keys.bytes(slot), ...rest),
    open: (slot, ...rest) => cipher.open(kernel.keys.bytes(slot), ...rest),
  };
}
