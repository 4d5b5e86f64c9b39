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

/** `items` with the one at `index` replaced. */
export function withItem<Item>(items: readonly Item[], index: number, item: Item): Item[] {
  return items.map((old, i) => (i === index ? item : old));
}

/** `items` without `count` of them from `index` on, and with `added` there. */
export function spliced<Item>(
  items: readonly Item[],
  index: number,
  count: number,
  ...added: Item[]
): Item[] {
  return [...items.slice(0, index), ...added, ...items.slice(index + count)];
}

/** `bytes` with another value at `index`. */
export function withByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
  return Uint8Array.from(bytes, (byte, i) => (i === index ? value : byte));
}
