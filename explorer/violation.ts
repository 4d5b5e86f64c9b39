/** Something that must never be. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}
