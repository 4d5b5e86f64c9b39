/** What the ratio is held to. */
export interface Bar {
  readonly value: number;
  readonly most: boolean;
}

/** Of pairs of ours and the other's. */
export function summary(
  row: { readonly name: string; readonly bar?: Bar },
  pairs: readonly (readonly [number, number])[],
): {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly ratio: number;
  readonly spread: readonly [number, number];
  readonly pass: boolean | null;
};

export function exitStatus(
  results: readonly { readonly failed?: string; readonly pass?: boolean | null }[],
  guard: boolean,
): 0 | 1;
