// What is said of the rounds of a row.

export const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Of pairs of ours and the other's: the medians, the median of their ratios, how those spread, and whether that is within the row's bar. */
export function summary({ name, bar }, pairs) {
  const ratios = pairs.map(([x, y]) => x / y).sort((x, y) => x - y);
  const ratio = median(ratios);
  return {
    name,
    ours: median(pairs.map(([x]) => x)),
    peer: median(pairs.map(([, y]) => y)),
    ratio,
    spread: [ratios[0], ratios.at(-1)],
    pass: bar === undefined ? null : bar.most ? ratio <= bar.value : ratio >= bar.value,
  };
}

/** 1 where a row could not be measured though nothing is missing, and where the run is a guard and a row misses its bar; else 0. */
export const exitStatus = (results, guard) =>
  results.some(({ failed, pass }) => failed !== undefined || (guard && pass === false)) ? 1 : 0;
