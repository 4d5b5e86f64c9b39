import { hkdf } from "./hkdf.js";
import { nodeAead } from "./node-aead.js";
import { nodeRandom } from "./node-bytes.js";
import { nodeDh } from "./node-dh.js";
import { nodeEd25519 } from "./node-ed25519.js";
import { nodeEntropy } from "./node-entropy.js";
import { nodeHash } from "./node-hash.js";
import { nodeMlKem768 } from "./node-ml-kem.js";
import type { CryptoProvider } from "./provider.js";

/** The primitives of `node:crypto`; ML-KEM-768 from noble where the runtime has none of its own. */
export const nodeProvider: CryptoProvider = Object.freeze({
  name: "node",
  aead: nodeAead("ChaChaPoly", "chacha20-poly1305"),
  dh: nodeDh("25519"),
  kem: nodeMlKem768,
  hash: nodeHash("SHA256", "sha256", 32, 64),
  hkdf,
  signature: nodeEd25519,
  random: nodeRandom,
  entropy: nodeEntropy,
} satisfies CryptoProvider);

export { nodeProvider as defaultProvider };
