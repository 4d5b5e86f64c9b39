import { expect } from "vitest";
import { type ErrorCode, SessionError } from "../../../src/errors/index.js";

/** Runs `action` and expects a SessionError with `code`. */
export function expectRefusal(code: ErrorCode, action: () => unknown): void {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  expect(SessionError.is(thrown) ? thrown.code : (thrown ?? "nothing was thrown")).toBe(code);
}
