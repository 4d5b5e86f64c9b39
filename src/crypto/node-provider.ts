import { nodeAead } from "./node-aead.js";
import { nodeRandom } from "./node-bytes.js";
import { nodeDh } from "./node-dh.js";
import { nodeEd25519 } from "./node-ed25519.js";
import { nodeEntropy } from "./node-entropy.js";
import { nodeHash } from "./node-hash.js";
import { nodeMlKem768 } from "./node-ml-kem.js";
import type { CryptoProvider } from "./provider.js";
import { wasmAead } from "./wasm-aead.js";
import { wasmSha256 } from "./wasm-sha256.js";

/** Bytes of the longest text that the kernel seals faster than OpenSSL, whose call costs more than its work up to here. */
const longestForKernel = 12_288;
/** The same of a message that is hashed. */
const longestHashed = 448;

/** The primitives of `node:crypto`; ML-KEM-768 from noble where the runtime has none of its own. */
export const nodeProvider: CryptoProvider = Object.freeze({
  name: "node",
  aead: wasmAead({ fallback: nodeAead("chacha20-poly1305"), longest: longestForKernel }),
  dh: nodeDh("25519"),
  kem: nodeMlKem768,
  ...wasmSha256({ fallback: nodeHash("SHA256", "sha256", 32, 64), longest: longestHashed }),
  signature: nodeEd25519,
  random: nodeRandom,
  entropy: nodeEntropy,
} satisfies CryptoProvider);

export { nodeProvider as defaultProvider };
