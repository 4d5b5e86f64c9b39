import { describe, expect, it } from "vitest";
import { concat } from "../../src/bytes/index.js";
import { appendPiece } from "../../src/streams/index.js";

describe("pieces that come", () => {
  it("X38 byte by byte cost no object for each byte, and stay in order", () => {
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < 20_480; i++) appendPiece(pieces, Uint8Array.of(i & 0xff));
    expect(pieces.length).toBeLessThanOrEqual(20);
    expect(concat(...pieces)).toEqual(Uint8Array.from({ length: 20_480 }, (_, i) => i & 0xff));
  });

  it("are not added to what has been taken, nor copied where they are large", () => {
    const taken = Uint8Array.of(1);
    const large = new Uint8Array(1_024);
    const pieces = [taken];
    appendPiece(pieces, Uint8Array.of(2), 1);
    appendPiece(pieces, large, 1);
    expect(pieces).toEqual([taken, Uint8Array.of(2), large]);
    expect(pieces[2]).toBe(large);
  });
});
