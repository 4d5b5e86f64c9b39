/** Everything that goes wrong on purpose. */
export const faultKinds = [
  "stall",
  "cut",
  "silent end",
  "corrupt",
  "delete",
  "swap",
  "repeat",
  "drop",
  "delay",
  "replay",
  "reflect",
  "splice",
  "partition",
  "stop",
  "stop in a step",
  "suspend",
  "wall clock forward",
  "wall clock back",
  "preempted",
  "store slow",
  "store fails",
  "store answer lost",
  "store late",
  "store put back",
  "reader slow",
  "policy slow",
  "policy refuses",
  "closed at will",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** How often what went wrong. */
export class FaultCount {
  readonly #counts = new Map<FaultKind, number>();

  add(kind: FaultKind, count = 1): void {
    if (count > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
  }

  toJSON(): Partial<Record<FaultKind, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/** How likely each thing is that can happen to one frame in bad weather. */
export const orderedFaults: readonly (readonly [FaultKind, number])[] = [
  ["stall", 0.01],
  ["cut", 0.0008],
  ["silent end", 0.0005],
  ["corrupt", 0.001],
  ["delete", 0.001],
  ["swap", 0.0005],
  ["repeat", 0.0005],
];

export const datagramFaults: readonly (readonly [FaultKind, number])[] = [
  ["drop", 0.04],
  ["repeat", 0.04],
  ["delay", 0.05],
  ["corrupt", 0.02],
  ["replay", 0.02],
  ["reflect", 0.01],
  ["splice", 0.01],
];
