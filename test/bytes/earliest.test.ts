import { expect, it } from "vitest";
import { earliest } from "../../src/bytes/index.js";

it("the earliest of times is the least of those that ever come", () => {
  expect(earliest(undefined, 7, 3, Infinity, 5)).toBe(3);
  expect(earliest(0)).toBe(0);
  expect(earliest(-2, 1)).toBe(-2);
  expect(earliest(Infinity, undefined)).toBeUndefined();
  expect(earliest()).toBeUndefined();
});
