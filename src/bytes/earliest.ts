/** The earliest of `times`, in the unit and by the clock that they share; undefined where none ever comes: undefined and Infinity are never. */
export function earliest(...times: readonly (number | undefined)[]): number | undefined {
  let first = Infinity;
  for (const time of times) if (time !== undefined && time < first) first = time;
  return first === Infinity ? undefined : first;
}
