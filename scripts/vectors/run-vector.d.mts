import type { Library } from "./library.mjs";

export interface VectorResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly why: string;
}

export function runVector(raw: unknown, library: Library): VectorResult;
