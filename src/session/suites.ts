import {
  IK,
  KK,
  XX,
  noiseProtocol,
  withHfs,
  withPsk,
  type HandshakePattern,
  type NoiseProtocol,
} from "../noise/index.js";
import type { CryptoProvider } from "../crypto/index.js";

/**
 * A handshake suite. `XX`: the peer's key is learned in the handshake. `IK`: it is known before. `hybrid`: ML-KEM-768 beside
 * X25519, so that a record kept today is safe from a quantum computer of tomorrow.
 */
export interface Suite {
  /** What stands for the suite in an offer: two bytes. */
  readonly id: number;
  readonly name: SuiteName;
  readonly pattern: "XX" | "IK";
  readonly hybrid: boolean;
}

/**
 * A Noise pattern with its algorithms. `hfs`: hybrid, with ML-KEM-768. `IK`: the initiator knows the responder's key; `XX`: it learns it.
 */
export type SuiteName = "XXhfs" | "IKhfs" | "XX" | "IK";

/** Every suite of this version. @see PROTOCOL, section 5 */
export const suites = {
  XXhfs: { id: 0x0101, name: "XXhfs", pattern: "XX", hybrid: true },
  IKhfs: { id: 0x0102, name: "IKhfs", pattern: "IK", hybrid: true },
  XX: { id: 0x0001, name: "XX", pattern: "XX", hybrid: false },
  IK: { id: 0x0002, name: "IK", pattern: "IK", hybrid: false },
} as const satisfies Record<SuiteName, Suite>;

const byId: ReadonlyMap<number, Suite> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.values(suites).map((suite): [number, Suite] => [suite.id, suite]),
);

/** The suite with that id, or undefined: an offer may hold suites of later versions. */
export function suiteById(id: number): Suite | undefined {
  return byId.get(id);
}

const patterns: Readonly<Record<SuiteName, () => HandshakePattern>> = {
  XXhfs: () => withHfs(XX),
  IKhfs: () => withHfs(IK),
  XX: () => XX,
  IK: () => IK,
};

/** The Noise protocol of `suite` with the primitives of `provider`. */
export function suiteProtocol(suite: Suite, provider: CryptoProvider): NoiseProtocol {
  const pattern = patterns[suite.name]();
  const { dh, aead, hash } = provider;
  return noiseProtocol(
    suite.hybrid ? { pattern, dh, kem: provider.kem, aead, hash } : { pattern, dh, aead, hash },
  );
}

/** The Noise protocol in which a session of `suite` is renewed: both keys are known, and the old session's exporter is mixed in. */
export function renewalProtocol(suite: Suite, provider: CryptoProvider): NoiseProtocol {
  const { dh, aead, hash } = provider;
  return suite.hybrid
    ? noiseProtocol({ pattern: withPsk(withHfs(KK), 0), dh, kem: provider.kem, aead, hash })
    : noiseProtocol({ pattern: withPsk(KK, 0), dh, aead, hash });
}
