import { big, concat } from "./primitives.js";

type Edges = readonly [warning: number, hard: number];
const [minute, hour] = [60_000, 3_600_000];

/** In the order of PROTOCOL, section 16: age, idle, messages sent and received, bytes sent and received, age of the lineage. */
const asked: Readonly<Record<"initiator" | "responder", readonly Edges[]>> = {
  initiator: [
    [48 * minute, hour],
    [20 * hour, 24 * hour],
    [3 * 2 ** 38, 2 ** 40],
    [3 * 2 ** 38, 2 ** 40],
    [3 * 2 ** 48, 2 ** 50],
    [3 * 2 ** 48, 2 ** 50],
    [29 * 24 * hour, 30 * 24 * hour],
  ],
  responder: [
    [1_500_000, 1_800_000],
    [20 * hour, 24 * hour],
    [800_000, 1_000_000],
    [3 * 2 ** 38, 2 ** 40],
    [3 * 2 ** 48, 2 ** 50],
    [3 * 2 ** 48, 2 ** 50],
    [3_000_000_000, 3_600_000_000],
  ],
};

const encode = (edges: readonly Edges[]): Uint8Array => concat(...edges.flat().map(edge => big(edge, 8)));

/** What one end calls sent, the other calls received. */
const swapped = [0, 1, 3, 2, 5, 4, 6] as const;

function stricter(own: readonly Edges[], peer: readonly Edges[]): Edges[] {
  return own.map(([warning, hard], i) => {
    const [otherWarning, otherHard] = peer[swapped[i]!]!;
    const least = Math.min(hard, otherHard);
    return [Math.min(warning, otherWarning, least - 1), least];
  });
}

/** What each end asks for: 112 bytes. */
export const limits = { initiator: encode(asked.initiator), responder: encode(asked.responder) };

/** The hard edge of the lineage's age that holds in the examples, in milliseconds. */
export const lineageEdge = Math.min(asked.initiator[6]![1], asked.responder[6]![1]);

export const limitsExample = (): Record<string, Record<string, Uint8Array>> => ({
  limits: {
    "initiator asks": limits.initiator,
    "responder asks": limits.responder,
    "holds, as the initiator counts": encode(stricter(asked.initiator, asked.responder)),
    "holds, as the responder counts": encode(stricter(asked.responder, asked.initiator)),
  },
});
