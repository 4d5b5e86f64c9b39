import { exchange, newPair, type Pair, type PairOptions, type Path } from "../session/machine-pair.js";

const classic = { floor: "classic", prefer: "classic" } as const;

/** Every suite, and how two ends come to it. */
export const suiteCases = [
  { name: "XXhfs", options: {} },
  { name: "IKhfs", options: { known: true } },
  { name: "XX", options: { both: classic } },
  { name: "IK", options: { known: true, both: classic } },
] as const satisfies readonly { name: string; options: PairOptions }[];

/** A pair and all frames of its handshake, by who sent them. */
export function recordedPair(options: PairOptions): { pair: Pair; sent: Record<keyof Pair, Uint8Array[]> } {
  const pair = newPair(options);
  const sent: Record<keyof Pair, Uint8Array[]> = { initiator: [], responder: [] };
  const record: Path = (frame, from) => {
    sent[from].push(Uint8Array.from(frame));
    return [frame];
  };
  exchange(pair, record);
  return { pair, sent };
}

/** `bytes` with one bit turned. */
export function flipped(bytes: Uint8Array, index: number, mask = 1): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index]! ^= mask;
  return copy;
}
