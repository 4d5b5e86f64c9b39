import type { Incarnation } from "./incarnation.js";

/** Messages that do not come again. */
export interface LostMessages {
  /** Seen from the end that tells it. */
  readonly direction: "sent" | "received";
  /** `peer-forgot`: the receiver's state was put back; `forgotten`: the same, told at the receiver; `refused`: it cannot tell any more whether it had them. */
  readonly cause: "peer-forgot" | "forgotten" | "refused";
  readonly incarnation: string;
  readonly first: number;
  readonly last: number;
}

export function lostMessages(
  direction: LostMessages["direction"],
  cause: LostMessages["cause"],
  { hex }: Incarnation,
  first: bigint,
  last: bigint,
): LostMessages {
  return { direction, cause, incarnation: hex, first: Number(first), last: Number(last) };
}
