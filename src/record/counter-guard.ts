/** What a guard says of a counter; all but `fresh` are the error codes of the refusal. */
export type CounterVerdict = "fresh" | "record-replayed" | "record-out-of-order" | "record-out-of-window";

/** Decides which counters of one epoch may still be opened. Counters come as unsigned halves of 32 bits. */
export interface CounterGuard {
  /** The verdict on a counter. Changes nothing: the record's tag has not been verified yet. */
  check(high: number, low: number): CounterVerdict;
  /** Takes note of a counter whose verdict was `fresh`, after its tag has held. */
  mark(high: number, low: number): void;
  /** The highest counter marked, or what was before the first. */
  readonly highest: bigint;
}
