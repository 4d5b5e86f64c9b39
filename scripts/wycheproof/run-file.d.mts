import type { CryptoProvider, ExtraAlgorithms } from "../../src/crypto/index.js";

/** One provider as the tests see it. */
export interface Subject {
  readonly provider: CryptoProvider;
  readonly extra: ExtraAlgorithms;
  /** Whether an error is a refusal with a code. */
  readonly isRefusal: (error: unknown) => boolean;
  /** What this runtime lacks, with the reason that is printed. */
  readonly lacks?: { readonly mlKem?: string | undefined };
}

/** A parsed file of Wycheproof, testvectors_v1. */
export interface WycheproofFile {
  readonly algorithm: string;
  readonly testGroups: readonly {
    readonly type: string;
    readonly tests: readonly { readonly result: string; readonly flags?: readonly string[] }[];
  }[];
}

export interface FileReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  /** How many tests were skipped, by reason. */
  readonly skips: ReadonlyMap<string, number>;
}

export function runFile(file: WycheproofFile, subject: Subject): FileReport;
