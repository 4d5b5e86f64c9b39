import type { FaultKind } from "./faults.js";
import type { SessionCounts } from "./session-watch.js";

/** What came of one run. */
export interface Report extends SessionCounts {
  readonly seed: number;
  readonly hours: number;
  /** Application messages that arrived. */
  readonly messages: number;
  /** Durable messages that arrived. */
  readonly durable: number;
  /** AEAD seals, every one of them compared with all before. */
  readonly seals: number;
  readonly links: number;
  readonly steps: number;
  readonly faults: Partial<Record<FaultKind, number>>;
  readonly failure:
    { readonly at: number; readonly message: string; readonly trace: readonly string[] } | undefined;
}
