/** What follows `--name` on the command line. */
export function option<Value extends string>(
  name: string,
  otherwise: Value,
  allowed: readonly Value[],
): Value {
  const index = process.argv.indexOf(`--${name}`);
  if (index < 0) return otherwise;
  const value = allowed.find(known => known === process.argv[index + 1]);
  if (value === undefined) throw new Error(`--${name} is one of ${allowed.join(", ")}.`);
  return value;
}

/** The same of a whole number, `low` to `high`. */
export function numberOption(name: string, otherwise: number, low: number, high: number): number {
  const allowed = Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
  return Number(option(name, String(otherwise), allowed));
}
