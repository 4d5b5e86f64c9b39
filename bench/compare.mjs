const rounds = 9;
const roundTime = 200;

/** Calls of `act` in a second, over about `roundTime` milliseconds. */
function rate(act) {
  let calls = 0;
  const begin = performance.now();
  let elapsed = 0;
  for (let burst = 1; elapsed < roundTime; burst = Math.min(burst * 2, 256)) {
    for (let i = 0; i < burst; i++) act();
    calls += burst;
    elapsed = performance.now() - begin;
  }
  return (calls * 1000) / elapsed;
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Of pairs of ours and the other's, from rounds in turn: the medians, times `scale`, and how the ratios spread. */
export function summary({ name, what, beside, unit = "/s", scale = 1 }, pairs) {
  const ratios = pairs.map(([x, y]) => x / y).sort((x, y) => x - y);
  return {
    name,
    what,
    beside,
    unit,
    ours: median(pairs.map(([x]) => x)) * scale,
    peer: median(pairs.map(([, y]) => y)) * scale,
    ratio: median(ratios),
    spread: [ratios[0], ratios.at(-1)],
  };
}

/** Both sides in turn, so that a machine whose speed drifts harms neither. */
export function compare(row) {
  const [a, b] = [row.ours(), row.peer()];
  rate(a);
  rate(b);
  const pairs = [];
  for (let round = 0; round < rounds; round++) pairs.push([rate(a), rate(b)]);
  return summary(row, pairs);
}
