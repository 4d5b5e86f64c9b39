import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes/index.js";
import { SessionError } from "../../src/errors/index.js";
import {
  decodeStreamFrame,
  emptyData,
  encodeEnd,
  encodeLabel,
  encodeNumber,
  encodeOpen,
} from "../../src/streams/stream-frame.js";

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", ""))!;

describe("stream frames", () => {
  it("are these bytes", () => {
    expect(toHex(encodeOpen(0x01020304, "request", utf8("ab")))).toBe("0104030201016162");
    expect(toHex(encodeOpen(2, "stream", utf8("")))).toBe("010200000000");
    expect(toHex(emptyData(1, 2).subarray(0, 5))).toBe("0201000000");
    expect(toHex(encodeEnd(0xffffffff))).toBe("03ffffffff");
    expect(toHex(encodeNumber("reset", 3, 256))).toBe("040300000000010000");
    expect(toHex(encodeNumber("stop", 3, 0))).toBe("050300000000000000");
    expect(toHex(encodeNumber("credit", 3, 0xfffffffe))).toBe("0603000000feffffff");
  });

  it("are read as they were written", () => {
    expect(decodeStreamFrame(hex("01 04030201 01 c3a4"))).toEqual({
      kind: "open",
      id: 0x01020304,
      purpose: "request",
      label: "ä",
    });
    expect(decodeStreamFrame(hex("02 01000000 0708"))).toEqual({ kind: "data", id: 1, bytes: hex("0708") });
    expect(decodeStreamFrame(hex("03 02000000"))).toEqual({ kind: "end", id: 2 });
    expect(decodeStreamFrame(hex("04 02000000 2c010000"))).toEqual({ kind: "reset", id: 2, code: 300 });
    expect(decodeStreamFrame(hex("05 02000000 00000000"))).toEqual({ kind: "stop", id: 2, code: 0 });
    expect(decodeStreamFrame(hex("06 02000000 ffffffff"))).toEqual({
      kind: "credit",
      id: 2,
      bytes: 0xffffffff,
    });
  });

  it.each([
    ["of no bytes", ""],
    ["cut within the id", "02 010000"],
    ["of kind 0", "00 01000000 00"],
    ["of kind 7", "07 01000000"],
    ["that opens without a purpose", "01 01000000"],
    ["that opens for an unknown purpose", "01 01000000 02"],
    ["with a label of 256 bytes", `01 01000000 00 ${"61".repeat(256)}`],
    ["with a label that is not UTF-8", "01 01000000 00 ff"],
    ["of data without data", "02 01000000"],
    ["of data with 65,536 bytes", `02 01000000 ${"00".repeat(65_536)}`],
    ["of an end with a body", "03 01000000 00"],
    ["of a reset without its code", "04 01000000"],
    ["of a reset with a byte too many", "04 01000000 0000000000"],
    ["of a stop with a short code", "05 01000000 000000"],
    ["of a credit of nothing", "06 01000000 00000000"],
    ["of a credit with a byte too many", "06 01000000 0100000000"],
  ])("X40 a frame %s is stream-malformed", (_, text) => {
    expect(() => decodeStreamFrame(hex(text))).toThrow(
      expect.objectContaining({ code: "stream-malformed" }) as Error,
    );
  });

  it("X40 any bytes are a frame or a SessionError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        try {
          decodeStreamFrame(bytes);
        } catch (error) {
          expect(SessionError.is(error, "stream-malformed")).toBe(true);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("a label has 255 bytes of UTF-8 at most", () => {
    expect(encodeLabel("é".repeat(127))).toHaveLength(254);
    expect(() => encodeLabel("é".repeat(128))).toThrow(
      expect.objectContaining({ code: "invalid-argument" }) as Error,
    );
  });
});
