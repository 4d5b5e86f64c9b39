import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SessionError } from "../../src/errors/index.js";
import { decodeBatch, encodeBatch } from "../../src/record/index.js";
import { codeOf, flipped, seed, text } from "./support.js";

const mebibyte = 1_048_576;
const items = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 20 });

describe("a batch", () => {
  it("is each item behind its length", () => {
    const plaintext = encodeBatch([text("ab"), text("c")]);
    expect(plaintext).toEqual(Uint8Array.of(0, 0, 0, 2, 97, 98, 0, 0, 0, 1, 99));
    expect(decodeBatch(plaintext)).toEqual([text("ab"), text("c")]);
  });

  it("comes back as it went, and counts as many messages as it has items", () => {
    fc.assert(
      fc.property(items, given => {
        const decoded = decodeBatch(encodeBatch(given));
        expect(decoded).toEqual(given);
        expect(decoded.length).toBe(given.length);
      }),
      { seed },
    );
  });

  it("has at least one item, none empty, 1 MiB with its framing", () => {
    expect(codeOf(() => encodeBatch([]))).toBe("batch-empty");
    expect(codeOf(() => encodeBatch([text("a"), new Uint8Array(0)]))).toBe("plaintext-empty");
    expect(codeOf(() => encodeBatch([new Uint8Array(mebibyte + 1)]))).toBe("plaintext-too-large");
    expect(codeOf(() => encodeBatch([new Uint8Array(mebibyte - 3)]))).toBe("plaintext-too-large");
    expect(codeOf(() => encodeBatch([new Uint8Array(mebibyte - 9), text("ab")]))).toBe("plaintext-too-large");
    expect(encodeBatch([new Uint8Array(mebibyte - 9), text("a")]).length).toBe(mebibyte);
  });

  it("X40 has at most 4,096 items, written and read: more would take a turn for themselves", () => {
    const most = Array.from({ length: 4_096 }, () => text("x"));
    expect(decodeBatch(encodeBatch(most)).length).toBe(4_096);
    expect(codeOf(() => encodeBatch([...most, text("x")]))).toBe("batch-too-long");
    const tooMany = new Uint8Array(4_097 * 5);
    for (let i = 0; i < 4_097; i++) tooMany.set([0, 0, 0, 1, 7], 5 * i);
    expect(codeOf(() => decodeBatch(tooMany))).toBe("batch-malformed");
  });

  it.each([
    ["nothing", []],
    ["half a length", [0, 0, 0]],
    ["an empty item", [0, 0, 0, 0]],
    ["an empty item behind another", [0, 0, 0, 1, 7, 0, 0, 0, 0]],
    ["a short item", [0, 0, 0, 2, 7]],
    ["a huge item", [255, 255, 255, 255, 7]],
    ["a byte too many", [0, 0, 0, 1, 7, 0]],
  ])("X40 %s is malformed", (_, bytes) => {
    expect(codeOf(() => decodeBatch(Uint8Array.from(bytes)))).toBe("batch-malformed");
  });

  it("X40 any bytes are a batch in its one spelling, or malformed", () => {
    const mutated = fc.tuple(items, fc.nat(), fc.nat({ max: 7 })).map(([given, byte, bit]) => {
      const plaintext = encodeBatch(given);
      return flipped(plaintext, byte % plaintext.length, bit);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), mutated), bytes => {
        let decoded: Uint8Array[];
        try {
          decoded = decodeBatch(bytes);
        } catch (error) {
          expect(SessionError.is(error, "batch-malformed")).toBe(true);
          return;
        }
        expect(encodeBatch(decoded)).toEqual(bytes);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it("items are copies: one does not hold another's memory", () => {
    const plaintext = encodeBatch([text("ab"), text("c")]);
    const [first] = decodeBatch(plaintext);
    expect(first!.buffer.byteLength).toBe(2);
  });
});
