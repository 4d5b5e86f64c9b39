import type { CryptoProvider, ExtraAlgorithms } from "../../src/crypto/index.js";

declare const assembled: unique symbol;

/** The modules of the library and one provider, as the scripts use them. */
export interface Library {
  readonly [assembled]: true;
}

export function assemble(parts: {
  readonly noise: unknown;
  readonly Secret: unknown;
  readonly provider: CryptoProvider;
  readonly extra: ExtraAlgorithms;
}): Library;
