import { hkdf } from "./hkdf.js";
import { blockLength, digestLength, KernelSha256 } from "./kernel-sha256.js";
import { sharedKernel } from "./kernel.js";
import type { CryptoProvider, Hash } from "./provider.js";

/** What serves beside the kernel. */
export interface WasmSha256Options {
  /** SHA-256 where there is no kernel. */
  readonly fallback: Hash;
  /** Longer messages, in bytes, go to the fallback all the same; by default those for which the kernel has no room. */
  readonly longest?: number;
}

/** SHA-256, and HKDF that is one call for it, by the kernel where the runtime has WebAssembly with SIMD and permits it. */
export function wasmSha256({
  fallback,
  longest = Infinity,
}: WasmSha256Options): Pick<CryptoProvider, "hash" | "hkdf"> {
  let made: KernelSha256 | undefined;
  /** The kernel, where it is there and has room for `parts`. */
  const kernelFor = (parts: readonly Uint8Array[]): KernelSha256 | undefined => {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > longest) return undefined;
    if (made === undefined) {
      const kernel = sharedKernel();
      made = kernel && new KernelSha256(kernel);
    }
    return made !== undefined && length <= made.messageSize ? made : undefined;
  };
  const hash: Hash = Object.freeze({
    name: "SHA256",
    hashLength: digestLength,
    blockLength,
    hash: (...parts) => kernelFor(parts)?.hash(parts) ?? fallback.hash(...parts),
    hmac: (key, ...parts) => {
      const kernel = key.length <= blockLength ? kernelFor(parts) : undefined;
      return kernel?.hmac(key, parts) ?? fallback.hmac(key, ...parts);
    },
  } satisfies Hash);
  return {
    hash,
    hkdf: (given, inputKeyMaterial, salt, info, length) => {
      const kernel = given === hash ? kernelFor([inputKeyMaterial]) : undefined;
      return kernel?.takes(salt, info, length) === true
        ? kernel.hkdf(inputKeyMaterial, salt, info, length)
        : hkdf(given, inputKeyMaterial, salt, info, length);
    },
  };
}
