/** One thing that an implementation must do. `run` is rejected where it does not. */
export interface ContractCase {
  /** What holds, as a sentence. */
  readonly name: string;
  /** Rejects where it does not hold. */
  readonly run: () => Promise<void>;
}

/** What a contract case throws when the implementation breaks the contract. */
export class ContractFailure extends Error {
  /** Always `ContractFailure`. */
  override readonly name = "ContractFailure";
}

/** @throws ContractFailure with `message` unless `condition` holds */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ContractFailure(message);
}

/** @throws ContractFailure unless both are the same value */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  check(Object.is(actual, expected), `${what}: ${String(actual)}, where ${String(expected)} was expected`);
}

/** @throws ContractFailure unless both hold the same bytes */
export function checkBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  check(actual !== undefined, `${what}: missing`);
  checkEqual(actual.length, expected.length, `${what}, length in bytes`);
  const at = expected.findIndex((byte, i) => actual[i] !== byte);
  check(at < 0, `${what}: differs at byte ${at}`);
}
