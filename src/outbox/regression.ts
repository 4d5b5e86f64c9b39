import type { ReceivedIncarnation, SentIncarnation } from "./incarnation.js";

/** How what a sender remembers contradicts what its receiver has seen. */
export interface Contradiction {
  /** `messages`: numbers were used that the sender does not remember; `fence`: a later opening was seen; `clone`: another opening of the same fence. */
  readonly cause: "messages" | "fence" | "clone";
  /** 32 hexadecimal digits: what the receiver has seen; empty where it has forgotten which. */
  readonly incarnation: string;
  readonly remembered: number;
  readonly seen: number;
}

/**
 * Whether the sender's state has gone back, or there are two of it: both ends ask the same of the same facts, and so find the same. `sent`: the
 * sender's, its present incarnation last.
 */
export function contradiction(
  sent: readonly SentIncarnation[],
  received: readonly ReceivedIncarnation[],
  floor: bigint,
): Contradiction | undefined {
  const present = sent.at(-1)!.incarnation;
  const known = new Map(sent.map(entry => [entry.incarnation.hex, entry]));
  const found = (cause: Contradiction["cause"], hex: string, remembered: bigint, seen: bigint) => ({
    cause,
    incarnation: hex,
    remembered: Number(remembered),
    seen: Number(seen),
  });
  for (const { incarnation, received: seen } of received) {
    const own = known.get(incarnation.hex);
    if (own !== undefined) {
      if (seen > own.last) return found("messages", incarnation.hex, own.last, seen);
    } else if (incarnation.fence > present.fence) {
      return found("fence", incarnation.hex, present.fence, incarnation.fence);
    } else if (incarnation.fence === present.fence) {
      return found("clone", incarnation.hex, present.fence, incarnation.fence);
    }
  }
  return floor > present.fence ? found("fence", "", present.fence, floor) : undefined;
}
