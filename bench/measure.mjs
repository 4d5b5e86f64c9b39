// How two or more things are measured beside each other: in rounds, one after the other in each, so that a machine whose speed drifts harms none.

/** Calls of `act` in a second, over about `time` milliseconds. */
export function rate(act, time) {
  let calls = 0;
  const begin = performance.now();
  let elapsed = 0;
  for (let burst = 1; elapsed < time; burst = Math.min(burst * 2, 256)) {
    for (let i = 0; i < burst; i++) act();
    calls += burst;
    elapsed = performance.now() - begin;
  }
  return (calls * 1000) / elapsed;
}

/** The same of an `act` whose promise is waited for. */
export async function asyncRate(act, time) {
  let calls = 0;
  const begin = performance.now();
  for (; performance.now() - begin < time; calls++) await act();
  return (calls * 1000) / (performance.now() - begin);
}

/** `rounds` lists of what each of `measures` gives, after one round that does not count. */
export async function inRounds(rounds, measures) {
  const results = [];
  for (let round = -1; round < rounds; round++) {
    const result = [];
    for (const measure of measures) result.push(await measure());
    if (round >= 0) results.push(result);
  }
  return results;
}

/** Pairs of the rates of two acts. */
export const rates = ({ rounds, time }, ours, peer) =>
  inRounds(rounds, [() => rate(ours, time), () => rate(peer, time)]);

/** What a row needs is not on this machine: it is skipped, and the message says why. */
export class Missing extends Error {}
