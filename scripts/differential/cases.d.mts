import type { Aead } from "../../src/crypto/index.js";

export interface Coverage {
  readonly cases: number;
  /** Lengths of texts, in bytes. */
  readonly lengths: ReadonlySet<number>;
  /** 16 times the alignment of the input, and that of the output. */
  readonly alignments: ReadonlySet<number>;
  readonly associatedLengths: ReadonlySet<number>;
  /** Cases that were compared with noble, too. */
  readonly noble: number;
}

/** Runs cases; throws at the first that differs. */
export function runCases(options: {
  readonly aeads: readonly Aead[];
  readonly seed: number;
  readonly from?: number;
  readonly to: number;
}): Coverage;
