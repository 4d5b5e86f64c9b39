import type { CryptoProvider } from "../../src/crypto/index.js";

export interface HashCoverage {
  readonly cases: number;
  /** Lengths of messages, of keys and of outputs of HKDF, in bytes. */
  readonly lengths: ReadonlySet<number>;
  readonly keyLengths: ReadonlySet<number>;
  readonly outputs: ReadonlySet<number>;
  /** How many parts messages were in. */
  readonly parts: ReadonlySet<number>;
}

/** Runs cases; throws at the first that differs. */
export function runHashCases(options: {
  readonly providers: readonly Pick<CryptoProvider, "name" | "hash" | "hkdf">[];
  readonly seed: number;
  readonly from?: number;
  readonly to: number;
}): HashCoverage;
