// Tests that run wherever JavaScript does: no test framework, nothing of Node, nothing of the browser.

/** What one run says. */
export interface Report {
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}

const tests: { readonly name: string; readonly body: () => void | Promise<void> }[] = [];

/** Registers a test. A module of tests does so as it is imported. */
export function test(name: string, body: () => void | Promise<void>): void {
  tests.push({ name, body });
}

/** Runs all that has been registered, one after the other. */
export async function runAll(): Promise<Report> {
  const failures: { name: string; message: string }[] = [];
  for (const { name, body } of tests) {
    try {
      await body();
    } catch (error) {
      failures.push({
        name,
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  return { passed: tests.length - failures.length, failures };
}

const text = (value: unknown): string =>
  value instanceof Uint8Array
    ? Array.from(value, byte => byte.toString(16).padStart(2, "0")).join("")
    : String(value);

/** Holds where both are the same primitive, or the same bytes. */
export function equal(actual: unknown, expected: unknown): void {
  const same =
    actual instanceof Uint8Array && expected instanceof Uint8Array
      ? text(actual) === text(expected)
      : Object.is(actual, expected);
  if (!same) throw new Error(`expected ${text(expected)}, got ${text(actual)}`);
}

/** Holds where `body` throws an error with this code. */
export function throwsCode(code: string, body: () => unknown): void {
  try {
    body();
  } catch (error) {
    equal((error as { code?: unknown }).code, code);
    return;
  }
  throw new Error(`expected an error with the code ${code}, got none`);
}

/** The bytes of hexadecimal text. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

/** `length` bytes, all `value`. */
export const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

/** The bytes of ASCII text. */
export const ascii = (characters: string): Uint8Array =>
  Uint8Array.from(characters, character => character.charCodeAt(0));
